import { type ReactNode, useMemo, useState } from "react";
import { formatCount } from "../text/format";
import { Button } from "./Button";

/** Characters shown at first, and with each "show more": a long text must not freeze the page. */
const CHUNK = 20_000;

/** The tokens of the first `length` characters. */
function cutTokens<T extends { text: string }>(tokens: T[], length: number): T[] {
  const cut: T[] = [];
  let left = length;
  for (const token of tokens) {
    if (left <= 0) break;
    cut.push(token.text.length <= left ? token : { ...token, text: token.text.slice(0, left) });
    left -= token.text.length;
  }
  return cut;
}

function Disguises({ count }: { count: number }) {
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

interface Props<T> {
  tokens: T[];
  /** How many characters of the whole text hide or pretend. */
  disguises: number;
  children: (shown: T[]) => ReactNode;
}

/** A text that people judge: says what hides in it, and what of it is not shown yet. */
export function InParts<T extends { text: string }>({ tokens, disguises, children }: Props<T>) {
  const [length, setLength] = useState(CHUNK);
  const shown = useMemo(() => cutTokens(tokens, length), [tokens, length]);
  const whole = useMemo(() => tokens.reduce((n, token) => n + token.text.length, 0), [tokens]);
  const hidden = whole - length;
  return (
    <>
      <Disguises count={disguises} />
      {hidden > 0 && (
        <p className="note" data-tone="deny">
          <b>This is not all of it.</b> {formatCount(hidden)} more characters follow.
        </p>
      )}
      <pre className="sql">{children(shown)}</pre>
      {hidden > 0 && (
        <div>
          <Button small onClick={() => setLength(length + CHUNK)}>
            Show the next {formatCount(Math.min(CHUNK, hidden))} characters
          </Button>
        </div>
      )}
    </>
  );
}
