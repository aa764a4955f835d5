import { memo, useMemo } from "react";
import { countEscapes, type RevealMode, reveal } from "../text/reveal";
import { type Token, type TokenKind, tokenize } from "../text/sql";
import { InParts } from "./InParts";
import { Revealed } from "./Revealed";

const MODE: Partial<Record<TokenKind, RevealMode>> = { string: "prose", comment: "prose" };
const modeOf = (kind: TokenKind) => MODE[kind] ?? "code";

function Tokens({ tokens }: { tokens: Token[] }) {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
    <span key={index} className={`tok-${token.kind}`}>
      <Revealed text={token.text} mode={modeOf(token.kind)} />
    </span>
  ));
}

/** How many characters of a statement hide or pretend. */
export function countDisguises(tokens: Token[]): number {
  return tokens.reduce((n, t) => n + countEscapes(reveal(t.text, modeOf(t.kind))), 0);
}

export const SqlBlock = memo(function SqlBlock({ text }: { text: string }) {
  const tokens = useMemo(() => tokenize(text), [text]);
  const disguises = useMemo(() => countDisguises(tokens), [tokens]);
  return (
    <InParts tokens={tokens} disguises={disguises}>
      {(shown) => <Tokens tokens={shown} />}
    </InParts>
  );
});

/** The start of a text without its comments, so that a list shows what runs and not what it says of
 * itself; a text of comments alone is shown as it is. */
function lineOf(text: string): Token[] {
  const tokens = tokenize(text.slice(0, 1000));
  const code = tokens.filter((token) => token.kind !== "comment");
  const first = code.findIndex((token) => token.kind !== "space");
  const shown = first < 0 ? tokens : code.slice(first);
  return shown.slice(0, 120).map((t) => (t.kind === "space" ? { ...t, text: " " } : t));
}

/** A statement on one line of a list, cut by its width. */
export const SqlLine = memo(function SqlLine({ text }: { text: string }) {
  const tokens = useMemo(() => lineOf(text), [text]);
  return (
    <span className="sql-line">
      {tokens.map((token, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
        <Revealed key={index} text={token.text.replaceAll("\n", " ")} mode={modeOf(token.kind)} />
      ))}
    </span>
  );
});
