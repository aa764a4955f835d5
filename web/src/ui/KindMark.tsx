import type { TargetKind } from "../api/types";
import { KIND_MARK, KIND_WORD } from "../text/targets";

/** What a target is: a mark, and its word. */
export function KindMark({ kind }: { kind: TargetKind }) {
  return (
    <span className="kind">
      <span className="kind-mark mono" aria-hidden="true">
        {KIND_MARK[kind]}
      </span>
      {KIND_WORD[kind]}
    </span>
  );
}
