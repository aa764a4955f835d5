// The TypeScript SDK's client signs its person in by itself: it is refused, finds out where tokens come
// from, registers, asks for the browser, and calls a tool with what it got. Prints `open URL`, then what it
// saw as JSON; of a person who says no, the error that it is told.
import { createServer } from "node:http";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url] = process.argv.slice(2);
let callback;
const asked = new Promise((done) => { callback = done; });
const browser = createServer((request, answer) => {
  const query = new URL(request.url, "http://127.0.0.1").searchParams;
  answer.end("You are signed in.");
  callback(query);
});
await new Promise((done) => browser.listen(0, "127.0.0.1", done));
const redirectUrl = `http://127.0.0.1:${browser.address().port}/callback`;

const kept = {};
const authProvider = {
  redirectUrl,
  clientMetadata: { client_name: "signin", redirect_uris: [redirectUrl], grant_types: ["authorization_code"], response_types: ["code"], token_endpoint_auth_method: "none" },
  state: () => "a-state-of-the-tests",
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client; },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  redirectToAuthorization: (page) => console.log(`open ${page}`),
};

const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider });
  const client = new Client({ name: "signin", version: "1" }, { capabilities: {} });
  return { client, transport, connected: client.connect(transport) };
};
const first = await connect();
const refused = await first.connected.then(() => undefined, (error) => error);
if (!(refused instanceof UnauthorizedError)) throw refused ?? new Error("it was not asked to sign in");
const query = await asked;
if (query.get("state") !== "a-state-of-the-tests") throw new Error("another state");
if (query.has("error")) {
  console.log(JSON.stringify({ refused: query.get("error"), code: query.get("code") }));
  process.exit();
}
await first.transport.finishAuth(query.get("code"));
const second = await connect();
await second.connected;
const { tools } = await second.client.listTools();
const echo = await second.client.callTool({ name: "echo", arguments: { message: "signed in" } });
await second.transport.terminateSession();
await second.client.close();
browser.close();
console.log(JSON.stringify({ echo, tools: tools.map(({ name }) => name), client: kept.client.client_id, kind: kept.tokens.token_type, token: kept.tokens.access_token }));
