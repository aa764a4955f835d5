import { memo, useMemo, useState } from "react";
import { formatCount } from "../text/format";
import { countEscapes, type RevealMode, reveal } from "../text/reveal";
import { type Token, type TokenKind, tokenize } from "../text/sql";
import { Button } from "./Button";
import { Revealed } from "./Revealed";

const MODE: Partial<Record<TokenKind, RevealMode>> = { string: "prose", comment: "prose" };
const modeOf = (kind: TokenKind) => MODE[kind] ?? "code";

/** Characters shown at first, and with each "show more": a long text must not freeze the page. */
const CHUNK = 20_000;

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

/** The tokens of the first `length` characters. */
export function cutTokens<T extends { text: string }>(tokens: T[], length: number): T[] {
  const cut: T[] = [];
  let left = length;
  for (const token of tokens) {
    if (left <= 0) break;
    cut.push(token.text.length <= left ? token : { ...token, text: token.text.slice(0, left) });
    left -= token.text.length;
  }
  return cut;
}

function Disguises({ tokens }: { tokens: Token[] }) {
  const count = useMemo(() => countDisguises(tokens), [tokens]);
  if (count === 0) return null;
  return (
    <p className="note" data-tone="deny">
      <b>
        {count === 1
          ? "1 character is not what it looks like."
          : `${formatCount(count)} characters are not what they look like.`}
      </b>{" "}
      Written out as <span className="escape">{"\\u{…}"}</span> below.
    </p>
  );
}

export const SqlBlock = memo(function SqlBlock({ text }: { text: string }) {
  const [shown, setShown] = useState(CHUNK);
  const tokens = useMemo(() => tokenize(text), [text]);
  const visible = useMemo(() => cutTokens(tokens, shown), [tokens, shown]);
  const hidden = text.length - shown;
  return (
    <>
      <Disguises tokens={tokens} />
      {hidden > 0 && (
        <p className="note" data-tone="deny">
          <b>This is not all of it.</b> {formatCount(hidden)} more characters follow.
        </p>
      )}
      <pre className="sql">
        <Tokens tokens={visible} />
      </pre>
      {hidden > 0 && (
        <div>
          <Button small onClick={() => setShown(shown + CHUNK)}>
            Show the next {formatCount(Math.min(CHUNK, hidden))} characters
          </Button>
        </div>
      )}
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
