/**
 * JSON as a person reads it. The text itself is laid out anew and nothing in it changes: a number
 * keeps its digits, a key that comes twice comes twice, an escape stays an escape. Whoever approves
 * a request sees what will be sent.
 */

export type JsonKind = "key" | "string" | "number" | "word" | "plain";

export interface JsonToken {
  kind: JsonKind;
  text: string;
}

const PART = /\s+|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/gy;

/** Nesting and length up to which a text is laid out; what is beyond is shown as it came. */
const DEEPEST = 64;
const LONGEST = 2_000_000;

function parts(text: string): string[] | undefined {
  const found: string[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (!match) return undefined;
    if (match[0].trim() !== "") found.push(match[0]);
  }
  return found;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function kindOf(part: string, next: string | undefined): JsonKind {
  if (part.startsWith('"')) return next === ":" ? "key" : "string";
  if (/^[-\d]/.test(part)) return "number";
  return /^[tfn]/.test(part) ? "word" : "plain";
}

/** The text with a line a value; undefined where it is not JSON. */
export function layOut(text: string): JsonToken[] | undefined {
  if (text.length > LONGEST || !isJson(text)) return undefined;
  const found = parts(text);
  if (!found) return undefined;
  const tokens: JsonToken[] = [];
  let depth = 0;
  const line = () => tokens.push({ kind: "plain", text: `\n${"  ".repeat(depth)}` });
  for (const [index, part] of found.entries()) {
    const before = found[index - 1] ?? "";
    const opens = part === "{" || part === "[";
    const closes = part === "}" || part === "]";
    if (closes) depth -= 1;
    if (depth >= DEEPEST) return undefined;
    const empty = closes && (before === "{" || before === "[");
    if (before === "," || ((before === "{" || before === "[") && !closes) || (closes && !empty)) {
      line();
    }
    tokens.push({ kind: kindOf(part, found[index + 1]), text: part === ":" ? ": " : part });
    if (opens) depth += 1;
  }
  return tokens;
}
