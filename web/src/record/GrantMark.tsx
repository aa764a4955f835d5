import { Link } from "@tanstack/react-router";
import type { Grant, GrantRef, GrantState } from "../api/types";
import { GRANT_TONE, GRANT_WORD, grantId, isRisky } from "../text/access";
import { Pill } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";

export function GrantPill({ state }: { state: GrantState }) {
  return <Pill tone={GRANT_TONE[state]}>{GRANT_WORD[state]}</Pill>;
}

/** Taken by an admin without anybody's approval: never to be overlooked. */
export function BreakGlassPill() {
  return (
    <Pill tone="deny" title="Taken by an admin without anybody's approval">
      break-glass
    </Pill>
  );
}

/** What it allows; what is dear in the hot colour. */
export function Operations({ grant }: { grant: Pick<Grant, "operations"> }) {
  return (
    <span className="labels">
      {grant.operations.map((operation) => (
        <span key={operation} className="label" data-hot={isRisky(operation) || undefined}>
          {operation}
        </span>
      ))}
    </span>
  );
}

/** The grant that something was done under, with its task. */
export function GrantMark({ grant, brief }: { grant: GrantRef; brief?: boolean }) {
  const link = (
    <Link to="/access/$grantId" params={{ grantId: grant.id }} className="mono nowrap">
      {grantId(grant.id)}
    </Link>
  );
  if (brief) {
    return (
      <span className="grant-mark">
        {link} {grant.break_glass && <BreakGlassPill />}
      </span>
    );
  }
  return (
    <span>
      {grant.break_glass && <BreakGlassPill />} {link}{" "}
      <span className="break">
        “<Revealed text={grant.task} />”
      </span>
    </span>
  );
}
