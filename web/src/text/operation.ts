/** What is judged, whatever kind it is, in a word and a line. */

import type { RawOperation } from "../api/types";
import { formatSeconds, plural } from "./format";

export type OperationKind = "sql" | "http" | "tool_call" | "shell" | "llm" | "mcp" | "access";
export const KINDS: { kind: OperationKind; label: string }[] = [
  { kind: "sql", label: "SQL" },
  { kind: "http", label: "HTTP" },
  { kind: "llm", label: "Model" },
  { kind: "tool_call", label: "Tool call" },
  { kind: "mcp", label: "MCP" },
  { kind: "shell", label: "Shell" },
  { kind: "access", label: "Access" },
];

const ORDER = KINDS.map(({ kind }) => kind);

export function kindOf(operation: RawOperation): OperationKind {
  return ORDER.find((kind) => kind in operation) ?? "shell";
}

/** What a list says of a kind, in a word. */
export function wordOf(kind: string): string {
  return KINDS.find((each) => each.kind === kind)?.label ?? kind;
}

const joined = (server: string | undefined, name: string) => (server ? `${server}.${name}` : name);

/** Path and query as they are sent. */
export function pathOf({ path, query }: { path: string; query?: string[][] }): string {
  const pairs = (query ?? []).map((pair) => pair.join("="));
  return pairs.length > 0 ? `${path}?${pairs.join("&")}` : path;
}

/** `DELETE api.example.com/v1/orders/7`, `github.merge_pull_request {"number":7}`. */
export function lineOf(operation: RawOperation): string {
  if ("sql" in operation) return operation.sql;
  if ("shell" in operation) return operation.shell;
  if ("http" in operation) {
    const { method, host } = operation.http;
    return `${method} ${host ?? ""}${pathOf(operation.http)}`;
  }
  if ("access" in operation) {
    const { operations, duration_seconds, task } = operation.access;
    return `${operations.join(", ")} for ${formatSeconds(duration_seconds)}: ${task}`;
  }
  if ("llm" in operation) {
    const { api, model, messages, tools = [] } = operation.llm;
    const offered = tools.length > 0 ? `, ${plural(tools.length, "tool")}` : "";
    return `${model ?? api}: ${plural(messages?.length ?? 0, "message")}${offered}`;
  }
  if ("mcp" in operation) {
    const { server, method, name } = operation.mcp;
    return `${joined(server, method)}${name ? ` ${name}` : ""}`;
  }
  const { server, tool, arguments: given } = operation.tool_call;
  const name = joined(server, tool);
  return given === undefined ? name : `${name} ${JSON.stringify(given)}`;
}

/** What somebody wants to do, as a review's title. */
export function titleOf(operation: RawOperation): string {
  if ("http" in operation) return `${operation.http.method} ${operation.http.path}`;
  if ("tool_call" in operation) {
    const { server, tool } = operation.tool_call;
    return `Call ${joined(server, tool)}`;
  }
  if ("llm" in operation) return `Ask ${operation.llm.model ?? operation.llm.provider}`;
  if ("mcp" in operation) return lineOf(operation);
  if ("shell" in operation) return "Run a command line";
  return lineOf(operation);
}

/** What it asks of whom, for a list: `POST on billing`, `Tool call on shop-tools`. */
export function actOf(operation: RawOperation): string {
  if ("http" in operation) return operation.http.method;
  return wordOf(kindOf(operation));
}
