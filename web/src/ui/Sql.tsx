import { memo, useMemo } from "react";
import { countEscapes, type RevealMode, reveal } from "../text/reveal";
import { type Token, type TokenKind, tokenize } from "../text/sql";
import { Revealed } from "./Revealed";

const MODE: Partial<Record<TokenKind, RevealMode>> = { string: "prose", comment: "prose" };
const modeOf = (kind: TokenKind) => MODE[kind] ?? "code";

/** Longer texts are shown without colours up to here, and cut beyond. */
const COLOURED = 60_000;
const SHOWN = 400_000;

function Tokens({ tokens }: { tokens: Token[] }) {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
    <span key={index} className={`tok-${token.kind}`}>
      <Revealed text={token.text} mode={modeOf(token.kind)} />
    </span>
  ));
}

function tokensOf(text: string): Token[] {
  return text.length > COLOURED ? [{ kind: "plain", text: text.slice(0, SHOWN) }] : tokenize(text);
}

/** How many characters of a statement hide or pretend. */
export function countDisguises(text: string): number {
  return tokensOf(text).reduce((n, t) => n + countEscapes(reveal(t.text, modeOf(t.kind))), 0);
}

export const SqlBlock = memo(function SqlBlock({ text }: { text: string }) {
  const tokens = useMemo(() => tokensOf(text), [text]);
  const disguises = useMemo(() => countDisguises(text), [text]);
  return (
    <>
      {disguises > 0 && (
        <p className="note" data-tone="deny">
          <b>
            {disguises === 1 ? "1 character is" : `${disguises} characters are`} not what they look
            like.
          </b>{" "}
          They are written out as <span className="escape">{"\\u{…}"}</span> below.
        </p>
      )}
      <pre className="sql">
        <Tokens tokens={tokens} />
      </pre>
      {text.length > SHOWN && <p className="faint">Only the first {SHOWN} characters are shown.</p>}
    </>
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
