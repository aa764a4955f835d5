import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { grantsInState } from "../api/accessQueries";
import { alerts } from "../api/queries";
import { useAcknowledge } from "../pages/changes/useAcknowledge";
import { holderOf, targetsOf } from "../text/access";
import { Button } from "../ui/Button";
import { Moment } from "../ui/Moment";
import { Revealed } from "../ui/Revealed";

/** Access that an admin took without anybody's approval, for as long as it is in force. */
export function BreakGlassBanner() {
  const { data } = useQuery(grantsInState("active"));
  const [seen, setSeen] = useState<string[]>([]);
  const taken = data?.filter((grant) => grant.break_glass && !seen.includes(grant.id)) ?? [];
  return taken.map((grant) => (
    <section key={grant.id} className="banner alert" aria-label="Break-glass">
      <span className="break" role="alert">
        Break-glass: <Revealed text={holderOf(grant)} /> took access to{" "}
        <Revealed text={targetsOf(grant)} />: “<Revealed text={grant.reason || grant.task} />”
        <Moment at={grant.requested_at} prefix=" · " />
      </span>
      <span className="grow" />
      <Link to="/access/$grantId" params={{ grantId: grant.id }} className="btn small">
        Look
      </Link>
      <Button small onClick={() => setSeen([...seen, grant.id])}>
        Hide
      </Button>
    </section>
  ));
}

/** What the control plane took back by itself, until somebody says that they have seen it. */
export function AlertBanner() {
  const { data } = useQuery(alerts());
  const { acknowledge, may } = useAcknowledge();
  const [newest, ...more] = data ?? [];
  if (!newest) return null;
  return (
    <section className="banner alert" aria-label="Alert">
      <span className="break" role="alert">
        <Revealed text={newest.summary} /> <Moment at={newest.created_at} prefix="· " />
      </span>
      <span className="grow" />
      {more.length > 0 && (
        <Link to="/changes" className="plain">
          and {more.length} more
        </Link>
      )}
      <Link to="/changes" search={{ change: newest.id }} className="btn small">
        Look
      </Link>
      {may && (
        <Button small busy={acknowledge.isPending} onClick={() => acknowledge.mutate(newest.id)}>
          Acknowledge
        </Button>
      )}
    </section>
  );
}
