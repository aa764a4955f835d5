import { memo, useMemo, useState } from "react";
import { formatCount } from "../text/format";
import { type JsonKind, type JsonToken, layOut } from "../text/json";
import { countEscapes, reveal } from "../text/reveal";
import { Button } from "./Button";
import { Revealed } from "./Revealed";
import { cutTokens } from "./Sql";

/** Characters shown at first, and with each "show more": a long body must not freeze the page. */
const CHUNK = 20_000;

const CLASS: Record<JsonKind, string> = {
  key: "tok-keyword",
  string: "tok-string",
  number: "tok-number",
  word: "tok-number",
  plain: "tok-plain",
};

function tokensOf(text: string): JsonToken[] {
  return layOut(text) ?? [{ kind: "plain", text }];
}

function More({ hidden, onMore }: { hidden: number; onMore: () => void }) {
  return (
    <div>
      <Button small onClick={onMore}>
        Show the next {formatCount(Math.min(CHUNK, hidden))} characters
      </Button>
    </div>
  );
}

/** A text that somebody sent: JSON with a line a value, anything else as it is. */
export const BodyBlock = memo(function BodyBlock({ text }: { text: string }) {
  const [shown, setShown] = useState(CHUNK);
  const tokens = useMemo(() => tokensOf(text), [text]);
  const disguises = useMemo(() => countEscapes(reveal(text, "prose")), [text]);
  const visible = useMemo(() => cutTokens(tokens, shown), [tokens, shown]);
  const length = tokens.reduce((n, token) => n + token.text.length, 0);
  const hidden = length - shown;
  return (
    <>
      {disguises > 0 && (
        <p className="note" data-tone="deny">
          <b>
            {disguises === 1
              ? "1 character is not what it looks like."
              : `${formatCount(disguises)} characters are not what they look like.`}
          </b>{" "}
          Written out as <span className="escape">{"\\u{…}"}</span> below.
        </p>
      )}
      {hidden > 0 && (
        <p className="note" data-tone="deny">
          <b>This is not all of it.</b> {formatCount(hidden)} more characters follow.
        </p>
      )}
      <pre className="sql">
        {visible.map((token, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
          <span key={index} className={CLASS[token.kind]}>
            <Revealed text={token.text} />
          </span>
        ))}
      </pre>
      {hidden > 0 && <More hidden={hidden} onMore={() => setShown(shown + CHUNK)} />}
    </>
  );
});
