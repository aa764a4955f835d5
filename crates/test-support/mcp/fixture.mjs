// What the conformance suite asks of a server, made with the TypeScript SDK: the versions with sessions.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { blob, embedded, image, mixed, said, text, wav } from "./contents.mjs";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function fixture() {
  const server = new McpServer(
    { name: "fixture", version: "1.0.0" },
    { capabilities: { logging: {}, resources: { subscribe: true, listChanged: true }, tools: { listChanged: true }, prompts: {}, completions: {} } },
  );
  const tool = (name, answer, inputSchema = {}) =>
    server.registerTool(name, { description: `For the suite: ${name}.`, inputSchema }, answer);
  tool("test_simple_text", async () => ({ content: [text("This is a simple text response for testing.")] }));
  tool("test_image_content", async () => ({ content: [image] }));
  tool("test_audio_content", async () => ({ content: [wav] }));
  tool("test_embedded_resource", async () => ({ content: [embedded("test://embedded-resource")] }));
  tool("test_multiple_content_types", async () => ({
    content: [text("Multiple content types test:"), image, mixed],
  }));
  tool("test_error_handling", async () => { throw new Error("This tool intentionally returns an error for testing"); });
  tool("test_tool_with_logging", async (_, { sendNotification }) => {
    for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await sendNotification({ method: "notifications/message", params: { level: "info", data } });
      await pause(50);
    }
    return { content: [text("Tool with logging executed successfully")] };
  });
  tool("test_tool_with_progress", async (_, { sendNotification, _meta }) => {
    for (const progress of [0, 50, 100]) {
      await sendNotification({ method: "notifications/progress", params: { progressToken: _meta?.progressToken ?? 0, progress, total: 100 } });
      await pause(50);
    }
    return { content: [text(String(_meta?.progressToken ?? 0))] };
  });
  tool("test_sampling", async ({ prompt }) => {
    const answer = await server.server.createMessage({ messages: [{ role: "user", content: text(prompt) }], maxTokens: 100 });
    return { content: [text(`LLM response: ${answer.content.text}`)] };
  }, { prompt: z.string() });
  tool("test_elicitation", async ({ message }) => {
    const requestedSchema = { type: "object", properties: { username: { type: "string" }, email: { type: "string" } }, required: ["username", "email"] };
    const answer = await server.server.elicitInput({ message, requestedSchema });
    return { content: [text(`User response: ${JSON.stringify(answer)}`)] };
  }, { message: z.string() });
  server.registerResource("static-text", "test://static-text", { mimeType: "text/plain" }, async () => ({
    contents: [{ uri: "test://static-text", mimeType: "text/plain", text: "This is the content of the static text resource." }],
  }));
  server.registerResource("static-binary", "test://static-binary", { mimeType: "image/png" }, async () => ({
    contents: [{ uri: "test://static-binary", mimeType: "image/png", blob }],
  }));
  server.registerResource("watched", "test://watched-resource", { mimeType: "text/plain" }, async () => ({
    contents: [{ uri: "test://watched-resource", mimeType: "text/plain", text: "watched" }],
  }));
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined });
  server.registerResource("template", template, { mimeType: "application/json" }, async (uri, { id }) => ({
    contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }],
  }));
  server.registerPrompt("test_simple_prompt", { description: "Simple." }, async () => said(text("This is a simple prompt for testing.")));
  server.registerPrompt("test_prompt_with_arguments", { description: "Arguments.", argsSchema: { arg1: z.string(), arg2: z.string() } },
    async ({ arg1, arg2 }) => said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)));
  server.registerPrompt("test_prompt_with_embedded_resource", { description: "Embedded.", argsSchema: { resourceUri: z.string() } },
    async ({ resourceUri }) => said(embedded(resourceUri)));
  server.registerPrompt("test_prompt_with_image", { description: "Image." }, async () => said(image));
  return server;
}

const sessions = new Map();
const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
};
const http = createServer(async (request, response) => {
  const message = request.method === "POST" ? await body(request) : undefined;
  let transport = sessions.get(request.headers["mcp-session-id"]);
  if (!transport && message && isInitializeRequest(message)) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => sessions.set(id, transport),
    });
    await fixture().connect(transport);
  }
  if (!transport) {
    response.writeHead(request.headers["mcp-session-id"] ? 404 : 400, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32000, message: "no session" } }));
    return;
  }
  await transport.handleRequest(request, response, message);
});
http.listen(Number(process.env.PORT), "127.0.0.1");
