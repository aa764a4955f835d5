// The contract countersign:policy@0.1.0 as TypeScript sees it. What each part means is told in
// policy.wit, of which this is a copy in other words.

export type StatementClass =
  | 'read' | 'tx' | 'session' | 'write' | 'admin' | 'destructive' | 'exec' | 'unknown';

export interface Principal {
  id: string;
  name: string;
  kind: 'human' | 'agent' | 'service';
  groups: string[];
  claims: [string, string][];
  onBehalfOf?: string;
}

export interface Target {
  id: string;
  name: string;
  kind: string;
  labels: [string, string][];
}

export interface Column {
  table: string;
  name: string;
}

export interface SqlStatement {
  class: StatementClass;
  operations: string[];
  tablesRead: string[];
  tablesWritten: string[];
  columnsRead: Column[];
  columnsFiltered: Column[];
  functions: string[];
  settingsChanged: string[];
  unboundedWrite: boolean;
  unboundedRead: boolean;
}

export interface HttpRequest {
  method: string;
  host: string;
  path: string;
  route?: string;
  query: [string, string][];
  headers: [string, string][];
}

export interface ToolCall {
  server: string;
  tool: string;
  /** JSON text. */
  arguments: string;
  definitionChanged: boolean;
}

export interface ShellCommand {
  argv: string[];
  class: StatementClass;
  pathsRead: string[];
  pathsWritten: string[];
  hosts: string[];
}

export interface LlmMessage {
  /** `system`, `developer`, `user`, `assistant`, `tool`. */
  role: string;
  text: string;
}

/** A request to a model. */
export interface LlmRequest {
  /** The wire format: `openai` or `anthropic`. */
  provider: string;
  /** `chat`, `responses`, `embeddings`, `models`, `messages`, `count_tokens`, or `other`. */
  api: string;
  model?: string;
  streamed: boolean;
  /** Names of the tools that the model may call. */
  tools: string[];
  maxOutputTokens?: bigint;
}

/** A request to an MCP server that is no tool call. */
export interface McpRequest {
  server: string;
  /** Such as `resources/read`. */
  method: string;
  /** The resource's URI, the prompt's name. */
  name?: string;
}

export type GrantOperation = 'read' | 'write' | 'admin' | 'destructive' | 'exec';

/** A request for a grant, judged once for each target that it names. */
export interface AccessRequest {
  /** Sorted, each once. */
  operations: GrantOperation[];
  task: string;
  durationSeconds: bigint;
  /** The grant that it is to follow on. */
  extends?: string;
}

/** A grant that is in force. */
export interface Grant {
  id: string;
  task: string;
  breakGlass: boolean;
}

export interface Finding {
  entity: string;
  count: number;
}

export type Parameter =
  | { tag: 'null' }
  | { tag: 'text'; val: string }
  | { tag: 'binary'; val: string };

/** One command, who sent it and where to. Ask for the cheapest getter that decides. */
export interface Action {
  kind(): string;
  id(): string;
  /** Milliseconds since the Unix epoch; the only clock. */
  at(): bigint;
  session(): string;
  principal(): Principal;
  principalClaim(name: string): string | undefined;
  principalInGroup(name: string): boolean;
  /** A person's e-mail address, or `group:NAME`. */
  principalOwner(): string | undefined;
  grant(): Grant | undefined;
  target(): Target;
  targetLabel(name: string): string | undefined;
  sqlClass(): StatementClass | undefined;
  sqlUnboundedRead(): boolean;
  sql(): SqlStatement[] | undefined;
  text(): string | undefined;
  parameters(): Parameter[];
  http(): HttpRequest | undefined;
  toolCall(): ToolCall | undefined;
  shell(): ShellCommand[] | undefined;
  access(): AccessRequest | undefined;
  llm(): LlmRequest | undefined;
  /** What is sent to a model, in order. A verdict that used it is not reused for other prompts. */
  llmMessages(): LlmMessage[];
  mcp(): McpRequest | undefined;
  body(): string | undefined;
  /** JSON text. */
  jsonPointer(pointer: string): string | undefined;
  findings(entities: string[]): Finding[];
}

export type MaskStyle =
  | { tag: 'partial'; val: number }
  | { tag: 'pseudonym' }
  | { tag: 'redact' }
  | { tag: 'null' };

export type MaskSelector = { tag: 'entity'; val: string } | { tag: 'column'; val: Column };

export interface Obligations {
  masks: { selector: MaskSelector; style: MaskStyle }[];
  limits: { rows?: bigint; bytes?: bigint; seconds?: number };
  charges: { counter: string; windowSeconds: number }[];
  tags: string[];
}

export interface Review {
  reason: string;
  reviewers: string[];
  quorum: number;
  /** Seconds. */
  expiresIn: number;
}

export type Verdict =
  | { tag: 'abstain' }
  | { tag: 'oblige'; val: Obligations }
  | { tag: 'allow' }
  | { tag: 'allow-with'; val: Obligations }
  | { tag: 'review'; val: Review }
  | { tag: 'deny'; val: string };

declare module 'countersign:policy/host@0.1.0' {
  export function log(level: 'debug' | 'info' | 'warn', message: string): void;
  export function count(key: string, amount: bigint, windowSeconds: number): bigint;
  export function lookup(document: string, key: string): string | undefined;
}
