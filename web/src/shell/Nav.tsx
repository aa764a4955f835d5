import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { LiveState } from "../api/live";
import { edges, pendingChanges, reviewStatistics } from "../api/queries";
import type { CurrentSession } from "../api/types";
import { AccountMenu } from "./AccountMenu";

const LIVE: Record<LiveState, { tone: string; text: string }> = {
  live: { tone: "allow", text: "Live" },
  connecting: { tone: "review", text: "Connecting…" },
  offline: { tone: "deny", text: "Not connected. Trying again…" },
};

interface Props {
  session: CurrentSession;
  live: LiveState;
  onHelp: () => void;
}

export function Nav({ session, live, onHelp }: Props) {
  const statistics = useQuery(reviewStatistics());
  const edgeList = useQuery(edges());
  const waiting = useQuery(pendingChanges()).data?.length ?? 0;
  const pending = statistics.data?.pending ?? 0;
  const { tone, text } = LIVE[live];
  return (
    <nav className="nav" aria-label="Main">
      <div className="brand">
        <i aria-hidden="true" />
        <span>Countersign</span>
      </div>
      <Link to="/reviews">
        Reviews
        {pending > 0 && (
          <span className="badge">
            {pending}
            <span className="sr-only"> waiting</span>
          </span>
        )}
      </Link>
      <Link to="/sessions">Sessions</Link>
      <h2>Control</h2>
      <Link to="/policies">Policies</Link>
      <Link to="/playground">Playground</Link>
      <Link to="/replays">What if?</Link>
      <Link to="/changes">
        Changes
        {waiting > 0 && (
          <span className="badge">
            {waiting}
            <span className="sr-only"> waiting</span>
          </span>
        )}
      </Link>
      <Link to="/sets">Policy sets</Link>
      <Link to="/documents">Documents</Link>
      <Link to="/targets">Targets</Link>
      <Link to="/principals">Principals</Link>
      <h2>Fleet</h2>
      <Link to="/edges">
        Edges
        {edgeList.data && <span className="faint">{edgeList.data.length}</span>}
      </Link>
      {session.user.role === "admin" && <Link to="/users">People</Link>}
      <div className="nav-foot">
        <div className="live" role="status">
          <span className="dot" data-tone={tone} />
          {text}
        </div>
        <AccountMenu session={session} onHelp={onHelp} />
      </div>
    </nav>
  );
}
