/** Facts in a few plain words. */

import type { Mask, MaskStyle, Obligations, Parameter, SqlFacts, SqlStatement } from "../api/types";
import { formatBytes, formatCount, formatSeconds, sentence } from "./format";
import { tokenize } from "./sql";

// From worst to mildest: a text is named after the worst thing it says.
const VERBS = [
  "DROP",
  "TRUNCATE",
  "DELETE",
  "UPDATE",
  "MERGE",
  "ALTER",
  "GRANT",
  "REVOKE",
  "REASSIGN",
  "CREATE",
  "INSERT",
  "COPY",
  "CALL",
  "DO",
];

/** The verb that names a text: comments and strings do not count. */
export function verbOf(text: string): string {
  const words = tokenize(text)
    .filter((t) => t.kind === "keyword")
    .map((t) => t.text.toUpperCase());
  return VERBS.find((verb) => words.includes(verb)) ?? words[0] ?? "Statement";
}

function act(statement: SqlStatement): string {
  const tables = statement.tables_written.join(", ");
  const has = (operation: string) => statement.operations.includes(operation);
  const every = statement.unbounded_write ? "every row" : "rows";
  if (has("delete"))
    return `delete ${every} ${statement.unbounded_write ? "of" : "from"} ${tables}`;
  if (has("truncate")) return `empty ${tables}`;
  if (has("update")) return `update ${every} of ${tables}`;
  if (has("insert")) return `insert into ${tables}`;
  const operation = statement.operations.find((o) => o !== "select") ?? statement.operations[0];
  const name = operation?.replaceAll("_", " ") ?? statement.class;
  if (tables) return `${name} ${tables}`;
  return statement.tables_read.length > 0 ? `${name} ${statement.tables_read.join(", ")}` : name;
}

const RANK = ["read", "tx", "session", "write", "admin", "destructive", "exec", "unknown"];

/** `Delete every row of orders`, and how many statements come with it. */
export function headline(facts: SqlFacts): string {
  const [worst] = [...facts.statements].sort(
    (a, b) => RANK.indexOf(b.class) - RANK.indexOf(a.class),
  );
  if (!worst) return "Empty statement";
  const more = facts.statements.length - 1;
  return sentence(act(worst)) + (more > 0 ? `, and ${more} more` : "");
}

export function describeStyle(style: MaskStyle): string {
  return typeof style === "string" ? style : `last ${style.partial} kept`;
}

export function describeMask(mask: Mask): string {
  const { selector } = mask;
  if ("entity" in selector) return selector.entity;
  const { table, name } = selector.column;
  return table ? `${table}.${name}` : name;
}

/** What holds when it runs: `at most 1,000 rows`. */
export function describeLimits(obligations: Obligations | undefined): string[] {
  const { rows, bytes, seconds } = obligations?.limits ?? {};
  return [
    rows != null && `at most ${formatCount(rows)} rows`,
    bytes != null && `at most ${formatBytes(bytes)}`,
    seconds != null && `at most ${formatSeconds(seconds)}`,
  ].filter((limit) => limit !== false);
}

export function describeParameter(parameter: Parameter): { text: string; note?: string } {
  if (parameter === "null") return { text: "NULL", note: "null" };
  if ("text" in parameter) return { text: parameter.text };
  return { text: parameter.binary, note: "binary, in hex" };
}

/** `release-bot for alice@example.com`. */
export function describeActor(principal: { name: string; on_behalf_of?: string | null }): string {
  return principal.on_behalf_of
    ? `${principal.name} for ${principal.on_behalf_of}`
    : principal.name;
}
