import { memo, useMemo } from "react";
import { type JsonKind, type JsonToken, layOut } from "../text/json";
import { countEscapes, reveal } from "../text/reveal";
import { InParts } from "./InParts";
import { Revealed } from "./Revealed";

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

function Tokens({ tokens }: { tokens: JsonToken[] }) {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
    <span key={index} className={CLASS[token.kind]}>
      <Revealed text={token.text} />
    </span>
  ));
}

/** A text that somebody sent: JSON with a line a value, anything else as it is. */
export const BodyBlock = memo(function BodyBlock({ text }: { text: string }) {
  const tokens = useMemo(() => tokensOf(text), [text]);
  const disguises = useMemo(() => countEscapes(reveal(text, "prose")), [text]);
  return (
    <InParts tokens={tokens} disguises={disguises}>
      {(shown) => <Tokens tokens={shown} />}
    </InParts>
  );
});
