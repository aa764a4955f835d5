import { useState } from "react";
import { formatCount } from "../text/format";
import { Button } from "./Button";
import { Revealed } from "./Revealed";

const CHUNK = 2000;

/** A recorded text that may be of any length: its start, and the rest piece by piece. */
export function LongText({ text }: { text: string }) {
  const [shown, setShown] = useState(CHUNK);
  const hidden = text.length - shown;
  return (
    <>
      <Revealed text={text.slice(0, shown)} />
      {hidden > 0 && (
        <>
          …{" "}
          <Button tone="link" onClick={() => setShown(shown * 4)}>
            {formatCount(hidden)} more characters
          </Button>
        </>
      )}
    </>
  );
}
