// The TypeScript SDK of the versions with sessions: lists, calls, reads. Prints what it saw as JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, secret] = process.argv.slice(2);
const requestInit = { headers: { authorization: `Bearer ${secret}` } };
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });
const client = new Client({ name: "sdk1", version: "1" }, { capabilities: {} });
await client.connect(transport);
const seen = { version: transport.protocolVersion };
seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
seen.echo = await client.callTool({ name: "echo", arguments: { message: "mail jane@example.com" } });
seen.denied = await client.callTool({ name: "get-env", arguments: {} });
seen.resources = (await client.listResources()).resources.length;
seen.prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
const progress = [];
const long = { name: "trigger-long-running-operation", arguments: { duration: 1, steps: 2 } };
seen.long = await client.callTool(long, undefined, { onprogress: (p) => progress.push(p.progress) });
seen.progress = progress.length;
await transport.terminateSession();
await client.close();
console.log(JSON.stringify(seen));
