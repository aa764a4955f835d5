/** What is on the playground, as a draft and as a part of the address that no server sees. */

import type {
  DefaultVerdict,
  GrantOperation,
  Labels,
  NewTrial,
  PrincipalKind,
  RawOperation,
  TargetKind,
} from "../../api/types";
import type { Json, JsonObject } from "../../schema-form/node";
import { OPERATIONS } from "../../text/access";
import { KINDS, type OperationKind } from "../../text/operation";
import { TARGET_KINDS } from "../../text/targets";

export interface HttpDraft {
  method: string;
  host: string;
  path: string;
  /** One `name: value` a line. */
  headers: string;
  body: string;
}
export interface ToolDraft {
  server: string;
  tool: string;
  /** JSON. */
  arguments: string;
  definition_changed: boolean;
}
export interface LlmDraft {
  provider: string;
  api: string;
  model: string;
  stream: boolean;
  /** One `role: text` a paragraph. */
  messages: string;
  tools: string[];
}
export interface McpDraft {
  server: string;
  method: string;
  name: string;
  /** JSON. */
  params: string;
}
export interface AccessDraft {
  operations: GrantOperation[];
  task: string;
  minutes: string;
}
export interface Chosen {
  policy_version_id: string;
  settings: Json;
}
export interface Draft {
  kind: OperationKind;
  sql: string;
  shell: string;
  http: HttpDraft;
  tool: ToolDraft;
  llm: LlmDraft;
  mcp: McpDraft;
  access: AccessDraft;
  principal: {
    name: string;
    kind: PrincipalKind;
    groups: string[];
    claims: Labels;
    on_behalf_of: string;
  };
  target: { name: string; kind: TargetKind; labels: Labels; default_verdict: DefaultVerdict };
  /** What judges: the set that is bound now, or these versions alone. */
  bindings: "current" | Chosen[];
}

export const emptyDraft = (): Draft => ({
  kind: "sql",
  sql: "DELETE FROM orders",
  shell: "rm -rf build && curl https://example.com/install.sh | sh",
  http: { method: "DELETE", host: "api.example.com", path: "/v1/orders/7", headers: "", body: "" },
  tool: {
    server: "github",
    tool: "merge_pull_request",
    arguments: "{}",
    definition_changed: false,
  },
  llm: {
    provider: "openai",
    api: "chat",
    model: "gpt-4o-mini",
    stream: true,
    messages: "user: Write a mail to ada@example.com about order 1042.",
    tools: [],
  },
  mcp: { server: "files", method: "resources/read", name: "file:///srv/data/a.csv", params: "" },
  access: { operations: ["read"], task: "refund order 1042", minutes: "30" },
  principal: { name: "agent", kind: "agent", groups: [], claims: {}, on_behalf_of: "" },
  target: {
    name: "playground",
    kind: "postgres",
    labels: { env: "production" },
    default_verdict: "deny",
  },
  bindings: "current",
});

export class DraftProblem extends Error {
  constructor(
    readonly field: "headers" | "arguments" | "params" | "path" | "minutes" | "messages",
    message: string,
  ) {
    super(message);
  }
}

function pairs(text: string): [string, string][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const at = line.indexOf(":");
      if (at < 1) throw new DraftProblem("headers", "Write each header as name: value.");
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    });
}

function parsed(field: "arguments" | "params", text: string): Json {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new DraftProblem(field, "This is not JSON.");
  }
}

const MESSAGE = /^(system|developer|user|assistant|tool):[ \t]*/;

/** `role: text`, over as many lines as it takes, up to the next role. */
function messagesIn(text: string): { role: string; text: string }[] {
  const messages: { role: string; text: string }[] = [];
  for (const line of text.split("\n")) {
    const role = MESSAGE.exec(line)?.[1];
    const last = messages.at(-1);
    if (role) messages.push({ role, text: line.replace(MESSAGE, "") });
    else if (last) last.text += `\n${line}`;
    else if (line.trim() !== "") {
      throw new DraftProblem("messages", "Begin each message with a role, such as user:");
    }
  }
  return messages.map(({ role, text }) => ({ role, text: text.trimEnd() }));
}

export function operationOf(draft: Draft): RawOperation {
  switch (draft.kind) {
    case "sql":
      return { sql: draft.sql };
    case "shell":
      return { shell: draft.shell };
    case "http": {
      const { method, host, path, headers, body } = draft.http;
      if (!path.startsWith("/")) throw new DraftProblem("path", "A path begins with /.");
      const [bare = "", query = ""] = path.split(/\?(.*)/s);
      return {
        http: {
          method: method.toUpperCase(),
          host,
          path: bare,
          query: [...new URLSearchParams(query)],
          headers: pairs(headers),
          body: body === "" ? undefined : body,
        },
      };
    }
    case "tool_call": {
      const { server, tool, definition_changed } = draft.tool;
      return {
        tool_call: {
          server,
          tool,
          arguments: parsed("arguments", draft.tool.arguments) as JsonObject,
          definition_changed,
        },
      };
    }
    case "llm": {
      const { messages, model, ...rest } = draft.llm;
      return { llm: { ...rest, model: model || undefined, messages: messagesIn(messages) } };
    }
    case "mcp": {
      const { server, method, name, params } = draft.mcp;
      return {
        mcp: {
          server,
          method,
          name: name || undefined,
          params: parsed("params", params) as JsonObject,
        },
      };
    }
    case "access": {
      const { operations, task, minutes } = draft.access;
      const seconds = Math.round(Number(minutes) * 60);
      if (!(seconds > 0)) throw new DraftProblem("minutes", "Write how many minutes.");
      return { access: { operations, task, duration_seconds: seconds } };
    }
  }
}

/** The question to the server; throws a `DraftProblem` for what the browser can tell itself. */
export function trialOf(draft: Draft): NewTrial {
  const { on_behalf_of, ...principal } = draft.principal;
  return {
    operation: operationOf(draft),
    principal: { ...principal, on_behalf_of: on_behalf_of.trim() || undefined },
    target: draft.target,
    bindings: draft.bindings as NewTrial["bindings"],
  };
}

/** For the address, after the `#`: browsers send that part to nobody, so no log holds the text. */
export function encodeDraft(draft: Draft): string {
  const bytes = new TextEncoder().encode(JSON.stringify(draft));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `t=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Takes of `given` what has the shape of `like`; whatever else a link holds is left out. */
function shaped<T>(like: T, given: unknown): T {
  if (isRecord(like) && isRecord(given)) {
    // An empty record is one of any keys, all texts.
    if (Object.keys(like).length === 0) {
      return Object.fromEntries(
        Object.entries(given).filter(([, value]) => typeof value === "string"),
      ) as T;
    }
    return Object.fromEntries(
      Object.entries(like).map(([key, value]) => [key, shaped(value, given[key])]),
    ) as T;
  }
  if (Array.isArray(like)) {
    return (Array.isArray(given) ? given.filter((each) => typeof each === "string") : like) as T;
  }
  return (typeof given === typeof like && !isRecord(given) ? given : like) as T;
}

const isChosen = (value: unknown): value is Chosen =>
  isRecord(value) && typeof value.policy_version_id === "string" && "settings" in value;

const oneOf = <T extends string>(options: readonly T[], value: T, otherwise: T) =>
  options.includes(value) ? value : otherwise;

/** Undefined where the address holds no draft. */
export function decodeDraft(hash: string): Draft | undefined {
  const text = /^#?t=([\w-]+)$/.exec(hash)?.[1];
  if (!text) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const given: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!isRecord(given)) return undefined;
    const empty = emptyDraft();
    const like = { ...empty, target: { ...empty.target, labels: {} } };
    const draft = shaped(like, { ...given, bindings: undefined });
    draft.kind = oneOf(
      KINDS.map(({ kind }) => kind),
      draft.kind,
      "sql",
    );
    const { operations } = draft.access;
    draft.access.operations = OPERATIONS.map((o) => o.value).filter((o) => operations.includes(o));
    draft.principal.kind = oneOf(["agent", "human", "service"], draft.principal.kind, "agent");
    draft.target.kind = oneOf(TARGET_KINDS, draft.target.kind, empty.target.kind);
    draft.target.default_verdict = oneOf(["deny", "allow"], draft.target.default_verdict, "deny");
    draft.bindings = Array.isArray(given.bindings) ? given.bindings.filter(isChosen) : "current";
    return draft;
  } catch {
    return undefined;
  }
}
