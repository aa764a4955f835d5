// A server of the version without sessions (2026-07-28), made with the TypeScript SDK: what the
// conformance suite asks for, and no older version.
import { createServer } from "node:http";
import { createMcpHandler, McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { z } from "zod";
import { blob, embedded, image, mixed, said, text, wav } from "./contents.mjs";

function fixture() {
  const server = new McpServer({ name: "fixture2", version: "1.0.0" }, { capabilities: { tools: {}, resources: {}, prompts: {} } });
  const tool = (name, inputSchema, answer, annotations = {}) =>
    server.registerTool(name, { description: `For the tests: ${name}.`, inputSchema: z.object(inputSchema), annotations }, answer);
  tool("test_simple_text", {}, async () => ({ content: [text("This is a simple text response for testing.")] }));
  tool("test_image_content", {}, async () => ({ content: [image] }));
  tool("test_audio_content", {}, async () => ({ content: [wav] }));
  tool("test_embedded_resource", {}, async () => ({ content: [embedded("test://embedded-resource")] }));
  tool("test_multiple_content_types", {}, async () => ({ content: [text("Multiple content types test:"), image, mixed] }));
  tool("test_error_handling", {}, async () => { throw new Error("This tool intentionally returns an error for testing"); });
  tool("echo", { message: z.string() }, async ({ message }) => ({ content: [text(`Echo: ${message}`)] }), { readOnlyHint: true });
  tool("get-env", {}, async () => ({ content: [text("KEY=of-the-server")] }));
  tool("refund", { order: z.number() }, async ({ order }) => ({ content: [text(`refunded ${order}`)] }));
  server.registerResource("static-text", "test://static-text", { mimeType: "text/plain" }, async () => ({
    contents: [{ uri: "test://static-text", mimeType: "text/plain", text: "This is the content of the static text resource." }],
  }));
  server.registerResource("static-binary", "test://static-binary", { mimeType: "image/png" }, async () => ({
    contents: [{ uri: "test://static-binary", mimeType: "image/png", blob }],
  }));
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined });
  server.registerResource("template", template, { mimeType: "application/json" }, async (uri, { id }) => ({
    contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }],
  }));
  server.registerPrompt("test_simple_prompt", { description: "Simple." }, async () => said(text("This is a simple prompt for testing.")));
  const argsSchema = z.object({ arg1: z.string(), arg2: z.string() });
  server.registerPrompt("test_prompt_with_arguments", { description: "Arguments.", argsSchema },
    async ({ arg1, arg2 }) => said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)));
  server.registerPrompt("test_prompt_with_embedded_resource", { description: "Embedded.", argsSchema: z.object({ resourceUri: z.string() }) },
    async ({ resourceUri }) => said(embedded(resourceUri)));
  server.registerPrompt("test_prompt_with_image", { description: "Image." }, async () => said(image));
  return server;
}

const handler = createMcpHandler(fixture, { legacy: "reject" });
createServer(async (incoming, answer) => {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const body = parts.length > 0 ? Buffer.concat(parts) : undefined;
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  const request = new Request(`http://127.0.0.1${incoming.url}`, { method: incoming.method, headers, body });
  const response = await handler.fetch(request);
  answer.writeHead(response.status, Object.fromEntries(response.headers));
  for await (const piece of response.body ?? []) answer.write(piece);
  answer.end();
}).listen(Number(process.env.PORT), "127.0.0.1");
