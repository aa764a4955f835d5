import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { alerts } from "../api/queries";
import { useAcknowledge } from "../pages/changes/useAcknowledge";
import { Button } from "../ui/Button";
import { Moment } from "../ui/Moment";
import { Revealed } from "../ui/Revealed";

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
