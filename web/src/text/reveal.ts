/**
 * Shows recorded text for what it is. Whoever approves a statement trusts their eyes, and the
 * statement's author may be hostile: characters that are invisible, that reorder the line, or that
 * look like another letter are written out as escapes (Trojan Source, CVE-2021-42574 and -42694).
 */

export interface Segment {
  kind: "text" | "escape" | "masked";
  text: string;
}

/** `code` is an identifier or an operator: nothing outside ASCII passes. `prose` is everything a
 * person may write in their own language: string literals, comments, remarks, names. */
export type RevealMode = "code" | "prose";

// Everything that draws nothing, draws as a space, or moves its neighbours.
// Cf holds the bidi controls, joiners, soft hyphen and tags; Default_Ignorable adds variation
// selectors and the Hangul fillers; U+2800 is a blank Braille cell.
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
const HARMLESS = /[\n\t ]/;

const LETTER = /\p{L}/u;
const MARK = /\p{M}/u;
const LATIN = /\p{Script=Latin}/u;
// Compatibility forms of ASCII: full width, mathematical, circled, superscript letters and digits.
const ASCII_LETTER_OR_DIGIT = /^[A-Za-z0-9]+$/;
// Letters of other scripts that are drawn like an ASCII letter (from Unicode's confusables.txt, the
// scripts in everyday use).
const LOOK_ALIKES = new Set(
  "аеорсухіјѕһԁԛԝӏвкмнтАВЕКМНОРСТУХІЈЅԌԚԜҮαονρυχικΑΒΕΖΗΙΚΜΝΟΡΤΥΧοսոօհցԼՏОІІӀᎪᎬᎳᎢᏴᏟᎠᎡᎻᎫᏦᏞᎷᎾᏢᏚᏙᏃ",
);

const isAscii = (char: string) => char.charCodeAt(0) < 0x80 && char.length === 1;

function looksLikeAscii(char: string): boolean {
  if (isAscii(char)) return false;
  return LOOK_ALIKES.has(char) || ASCII_LETTER_OR_DIGIT.test(char.normalize("NFKC"));
}

/** Words in one script pass; a word that mixes look-alikes into Latin, or is made of nothing but
 * look-alikes, does not. */
function suspectWord(word: string): boolean {
  const letters = [...word].filter((c) => LETTER.test(c));
  const foreign = letters.filter((c) => !LATIN.test(c));
  const disguised = letters.filter(looksLikeAscii);
  if (disguised.length === 0) return false;
  return foreign.length < letters.length || disguised.length === letters.length;
}

/** `\u{202E}`: the code point, as PostgreSQL and JavaScript readers know it. */
export function escapeOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `\\u{${code.toString(16).toUpperCase().padStart(4, "0")}}`;
}

// What the edge puts in place of a value: [EMAIL_ADDRESS], EMAIL_ADDRESS_7F3K2M9QXA (ten of
// Crockford's letters and digits), ************1111.
const MASKED =
  /\[[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\]|\b[A-Z]{2,}(?:_[A-Z]+)*_[0-9A-HJKMNP-TV-Z]{10}\b|\*{4,}[\w.@-]{0,8}/g;

function mustEscape(char: string, mode: RevealMode, suspect: boolean): boolean {
  if (HARMLESS.test(char)) return false;
  if (HIDDEN.test(char)) return true;
  if (mode === "code") return !isAscii(char);
  return suspect && looksLikeAscii(char);
}

function push(segments: Segment[], kind: Segment["kind"], text: string) {
  const last = segments.at(-1);
  // Neighbours are one, so that a text of nothing but hidden characters is still one element.
  if (last?.kind === kind) last.text += text;
  else segments.push({ kind, text });
}

function withMasked(segments: Segment[]): Segment[] {
  return segments.flatMap((segment) => {
    if (segment.kind !== "text") return [segment];
    const parts: Segment[] = [];
    let from = 0;
    for (const match of segment.text.matchAll(MASKED)) {
      if (match.index > from)
        parts.push({ kind: "text", text: segment.text.slice(from, match.index) });
      parts.push({ kind: "masked", text: match[0] });
      from = match.index + match[0].length;
    }
    if (from < segment.text.length) parts.push({ kind: "text", text: segment.text.slice(from) });
    return parts;
  });
}

/** The segments of `text`. The joined text and masked segments, with every escape turned back into
 * its character, are the text (CRLF counts as a line end). */
export function reveal(text: string, mode: RevealMode): Segment[] {
  const segments: Segment[] = [];
  const words = text.replaceAll("\r\n", "\n").split(/((?:[\p{L}\p{N}\p{M}_])+)/u);
  words.forEach((part, index) => {
    const suspect = mode === "prose" && index % 2 === 1 && suspectWord(part);
    let stacked = 0;
    for (const char of part) {
      stacked = MARK.test(char) ? stacked + 1 : 0;
      // More than two combining marks on one letter draw over the lines around it.
      if (stacked > 2 || mustEscape(char, mode, suspect)) push(segments, "escape", escapeOf(char));
      else push(segments, "text", char);
    }
  });
  return mode === "prose" ? withMasked(segments) : segments;
}

/** How many characters are shown as escapes. */
export function countEscapes(segments: Segment[]): number {
  return segments
    .filter((s) => s.kind === "escape")
    .reduce((n, s) => n + (s.text.match(/\\u/g)?.length ?? 0), 0);
}
