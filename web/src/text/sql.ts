/**
 * Splits a PostgreSQL text into tokens for highlighting. It never fails and never drops a
 * character: the tokens joined are the text. What it cannot tell is `plain`.
 */

export type TokenKind =
  | "keyword"
  | "name"
  | "quoted"
  | "string"
  | "number"
  | "parameter"
  | "comment"
  | "space"
  | "plain";

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS = new Set(
  `abort add all alter analyze and any as asc begin between by call cascade case check cluster column
  comment commit concurrently constraint copy create cross current cursor database deallocate declare
  default delete desc discard distinct do drop else end escape except exclude execute exists explain
  extension false fetch filter first for force foreign from full function grant group grouping having
  ilike in index inner insert intersect into is isnull join key last lateral left like limit listen
  local lock materialized merge natural not nothing notify notnull null nulls of offset on only or
  order outer over owner partition prepare primary procedure reassign recursive references refresh
  reindex release rename replace reset restrict returning revoke right role rollback row rows savepoint
  schema select sequence session set show similar some start table tablesample temp temporary then to
  transaction trigger true truncate union unique unlisten update user using vacuum values verbose view
  when where window with within work`.split(/\s+/),
);

// Sticky, tried in order at each position. Unterminated strings and comments run to the end, as
// the server would read them.
const RULES: [TokenKind, RegExp][] = [
  ["space", /\s+/uy],
  ["comment", /--[^\n]*/uy],
  ["string", /[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|\\?$)/uy],
  ["string", /(?:[nNbBxX]|[uU]&)?'(?:[^']|'')*(?:'|$)/uy],
  ["string", /\$(?:[A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)?\$/uy],
  ["quoted", /(?:[uU]&)?"(?:[^"]|"")*(?:"|$)/uy],
  ["parameter", /\$\d+/uy],
  [
    "number",
    /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/uy,
  ],
  ["name", /[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*/uy],
  ["plain", /[\s\S]/uy],
];

function commentEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    if (text.startsWith("/*", at)) {
      depth += 1;
      at += 2;
    } else if (text.startsWith("*/", at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else {
      at += 1;
    }
  }
  return text.length;
}

function next(text: string, at: number): Token {
  if (text.startsWith("/*", at)) {
    return { kind: "comment", text: text.slice(at, commentEnd(text, at)) };
  }
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const match = rule.exec(text)?.[0];
    if (!match) continue;
    if (kind === "string" && match.startsWith("$")) {
      const close = text.indexOf(match, at + match.length);
      return { kind, text: text.slice(at, close < 0 ? text.length : close + match.length) };
    }
    if (kind === "name" && KEYWORDS.has(match.toLowerCase()))
      return { kind: "keyword", text: match };
    return { kind, text: match };
  }
  return { kind: "plain", text: text.slice(at) };
}

/** The tokens of `text`, in order; neighbouring `plain` ones are one. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = next(text, at);
    const last = tokens.at(-1);
    if (token.kind === "plain" && last?.kind === "plain") last.text += token.text;
    else tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}
