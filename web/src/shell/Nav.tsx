import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { grantsInState, locks } from "../api/accessQueries";
import type { LiveState } from "../api/live";
import { edges, pendingChanges, pinnedTools, reviewStatistics } from "../api/queries";
import type { CurrentSession } from "../api/types";
import { AccountMenu } from "./AccountMenu";
import { type Can, canOf } from "./can";

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

function Badge({ count, word }: { count: number; word: string }) {
  if (count === 0) return null;
  return (
    <span className="badge">
      {count}
      <span className="sr-only"> {word}</span>
    </span>
  );
}

/** For those who read everything. */
function ReaderLinks({ can }: { can: Can }) {
  const held = useQuery(reviewStatistics()).data?.pending ?? 0;
  const requests = useQuery(grantsInState("requested")).data?.length ?? 0;
  const edgeList = useQuery(edges());
  const waiting = useQuery(pendingChanges()).data?.length ?? 0;
  const drifted = useQuery(pinnedTools()).data?.filter((tool) => tool.seen).length ?? 0;
  const locked = useQuery(locks()).data?.length ?? 0;
  return (
    <>
      <Link to="/reviews">
        Reviews
        <Badge count={held + requests} word="waiting" />
      </Link>
      <Link to="/sessions">Sessions</Link>
      <Link to="/usage">Usage</Link>
      <Link to="/audit">Audit</Link>
      <h2>Identity</h2>
      <Link to="/access">Access</Link>
      <Link to="/principals">Principals</Link>
      <Link to="/targets">Targets</Link>
      <Link to="/tools">
        Tools
        <Badge count={drifted} word="changed" />
      </Link>
      <Link to="/locks">
        Locks
        {locked > 0 && <span className="faint">{locked}</span>}
      </Link>
      <h2>Control</h2>
      <Link to="/policies">Policies</Link>
      <Link to="/playground">Playground</Link>
      <Link to="/replays">What if?</Link>
      <Link to="/changes">
        Changes
        <Badge count={waiting} word="waiting" />
      </Link>
      <Link to="/sets">Policy sets</Link>
      <Link to="/documents">Documents</Link>
      <h2>Fleet</h2>
      <Link to="/edges">
        Edges
        {edgeList.data && <span className="faint">{edgeList.data.length}</span>}
      </Link>
      {can.admin && (
        <>
          <Link to="/users">People</Link>
          <Link to="/settings/sign-in">Settings</Link>
        </>
      )}
    </>
  );
}

export function Nav({ session, live, onHelp }: Props) {
  const can = canOf(session.user.roles);
  const { tone, text } = LIVE[live];
  return (
    <nav className="nav" aria-label="Main">
      <div className="brand">
        <i aria-hidden="true" />
        <span>Countersign</span>
      </div>
      {can.read ? <ReaderLinks can={can} /> : <Link to="/access">Access</Link>}
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
