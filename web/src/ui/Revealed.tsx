import { memo } from "react";
import { type RevealMode, reveal, type Segment } from "../text/reveal";

function Part({ segment }: { segment: Segment }) {
  if (segment.kind === "text") return segment.text;
  const title =
    segment.kind === "masked" ? "Masked value" : "A character that does not look like what it is";
  return (
    <span className={segment.kind} title={title}>
      {segment.text}
    </span>
  );
}

/** Recorded text, with what hides in it written out and masked values marked. */
export const Revealed = memo(function Revealed({
  text,
  mode = "prose",
}: {
  text: string;
  mode?: RevealMode;
}) {
  const segments = reveal(text, mode);
  return segments.map((segment, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: segments have no identity but their place
    <Part key={index} segment={segment} />
  ));
});
