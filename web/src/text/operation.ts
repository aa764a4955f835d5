/** What is judged, whatever kind it is, in a word and a line. */

import type { RawOperation } from "../api/types";
import { formatSeconds } from "./format";

export type OperationKind = "sql" | "http" | "tool_call" | "shell" | "access";
export const KINDS: { kind: OperationKind; label: string }[] = [
  { kind: "sql", label: "SQL" },
  { kind: "http", label: "HTTP" },
  { kind: "tool_call", label: "Tool call" },
  { kind: "shell", label: "Shell" },
  { kind: "access", label: "Access" },
];

export function kindOf(operation: RawOperation): OperationKind {
  if ("sql" in operation) return "sql";
  if ("http" in operation) return "http";
  if ("access" in operation) return "access";
  return "tool_call" in operation ? "tool_call" : "shell";
}

/** `DELETE /v1/orders/7`, `github.merge_pull_request {"number":7}`. */
export function lineOf(operation: RawOperation): string {
  if ("sql" in operation) return operation.sql;
  if ("shell" in operation) return operation.shell;
  if ("http" in operation) {
    const { method, host, path } = operation.http;
    return `${method} ${host ?? ""}${path}`;
  }
  if ("access" in operation) {
    const { operations, duration_seconds, task } = operation.access;
    return `${operations.join(", ")} for ${formatSeconds(duration_seconds)}: ${task}`;
  }
  const { server, tool, arguments: given } = operation.tool_call;
  const name = server ? `${server}.${tool}` : tool;
  return given === undefined ? name : `${name} ${JSON.stringify(given)}`;
}
