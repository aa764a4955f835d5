// The TypeScript SDK of the version without sessions: lists, calls, reads. Prints what it saw as JSON.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, secret] = process.argv.slice(2);
const requestInit = { headers: { authorization: `Bearer ${secret}` } };
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });
const client = new Client({ name: "sdk2", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
await client.connect(transport);
const seen = { version: client.getNegotiatedProtocolVersion?.() };
seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
seen.echo = await client.callTool({ name: "echo", arguments: { message: "mail jane@example.com" } });
seen.denied = await client.callTool({ name: "get-env", arguments: {} });
seen.resources = (await client.listResources()).resources.length;
seen.prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
await client.close();
console.log(JSON.stringify(seen));
