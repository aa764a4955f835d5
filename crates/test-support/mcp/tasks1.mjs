// The TypeScript SDK's client of tasks (2025-11-25): a call that is approved, one that is cancelled, one
// that is denied, and a task of the server's own. Prints what it saw as JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, secret] = process.argv.slice(2);
const requestInit = { headers: { authorization: `Bearer ${secret}` } };
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });
const client = new Client({ name: "tasks1", version: "1" }, { capabilities: {} });
await client.connect(transport);
const tasks = client.experimental.tasks;
const seen = { capability: client.getServerCapabilities().tasks };
const tools = (await client.listTools()).tools;
seen.support = Object.fromEntries(tools.map((tool) => [tool.name, tool.execution?.taskSupport]));

async function run(name, args) {
  const told = { statuses: [] };
  for await (const message of tasks.callToolStream({ name, arguments: args })) {
    if (message.type === "taskCreated") told.id = message.task.taskId;
    if (message.type === "taskStatus") told.statuses.push(message.task.status);
    if (message.type === "result") told.result = message.result;
    if (message.type === "error") told.error = String(message.error);
  }
  return told;
}
seen.approved = await run("echo", { message: "mail jane@example.com, approve this" });
seen.denied = await run("echo", { message: "deny this" });
const stream = tasks.callToolStream({ name: "echo", arguments: { message: "cancel this" } });
const created = (await stream.next()).value;
seen.cancelled = (await tasks.cancelTask(created.task.taskId)).status;
await stream.return();
seen.listed = (await tasks.listTasks()).tasks.map((task) => task.taskId);
seen.servers = await run("simulate-research-query", { topic: "mail jane@example.com", ambiguous: false });
seen.foreign = await tasks.getTask("0".repeat(64)).catch((error) => error.code);
await transport.terminateSession();
await client.close();
console.log(JSON.stringify(seen));
