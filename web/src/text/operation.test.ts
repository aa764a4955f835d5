import { describe, expect, it } from "vitest";
import type { RawOperation } from "../api/types";
import { kindOf, lineOf, titleOf } from "./operation";

const CASES: [RawOperation, string, string, string][] = [
  [{ sql: "SELECT 1" }, "sql", "SELECT 1", "SELECT 1"],
  [{ shell: "ls -la" }, "shell", "ls -la", "Run a command line"],
  [
    { http: { method: "POST", host: "api", path: "/v1/refunds", query: [["dry", "1"]] } },
    "http",
    "POST api/v1/refunds?dry=1",
    "POST /v1/refunds",
  ],
  [
    { tool_call: { server: "shop", tool: "refund", arguments: { order: 7 } } },
    "tool_call",
    'shop.refund {"order":7}',
    "Call shop.refund",
  ],
  [
    {
      llm: {
        provider: "openai",
        api: "chat",
        model: "gpt-4o-mini",
        messages: [{ role: "user", text: "hi" }],
        tools: ["a", "b"],
      },
    },
    "llm",
    "gpt-4o-mini: 1 message, 2 tools",
    "Ask gpt-4o-mini",
  ],
  [{ llm: { provider: "openai", api: "models" } }, "llm", "models: 0 messages", "Ask openai"],
  [
    { mcp: { server: "files", method: "resources/read", name: "file:///a" } },
    "mcp",
    "files.resources/read file:///a",
    "files.resources/read file:///a",
  ],
];

describe("an operation in words", () => {
  it.each(CASES)("%j", (operation, kind, line, title) => {
    expect(kindOf(operation)).toBe(kind);
    expect(lineOf(operation)).toBe(line);
    expect(titleOf(operation)).toBe(title);
  });
});
