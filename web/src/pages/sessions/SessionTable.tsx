import { Link } from "@tanstack/react-router";
import type { SessionCounts, SessionSummary } from "../../api/types";
import { GrantMark } from "../../record/GrantMark";
import { LockPill } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { formatCount, formatMicros, shortId } from "../../text/format";
import { LabelList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";

/** What happened, in the verdicts' words; nothing that did not happen. */
export function Counts({ counts }: { counts: SessionCounts }) {
  if (counts.actions === 0) return <span className="faint">nothing yet</span>;
  return (
    <span className="labels">
      {counts.allowed > 0 && <Pill tone="allow">{formatCount(counts.allowed)} allowed</Pill>}
      {counts.masked > 0 && <Pill tone="mask">{formatCount(counts.masked)} masked</Pill>}
      {counts.held > 0 && <Pill tone="review">{formatCount(counts.held)} held</Pill>}
      {counts.denied > 0 && <Pill tone="deny">{formatCount(counts.denied)} denied</Pill>}
    </span>
  );
}

function Row({ session }: { session: SessionSummary }) {
  const ended = session.closed_at ?? session.last_event_at;
  const locked = useLocked();
  const lasted = Date.parse(ended) - Date.parse(session.opened_at);
  return (
    <tr>
      <td className="nowrap">
        <Link
          to="/sessions/$sessionId"
          params={{ sessionId: session.id }}
          data-row
          className="mono"
          aria-label={`Session ${shortId("S", session.id)} of ${session.principal.name}`}
        >
          {shortId("S", session.id)}
        </Link>
        {session.grant && <GrantMark grant={session.grant} brief />}
        <LockPill lock={locked.of("session", session.id)} />
      </td>
      <td className="nowrap">
        <Revealed text={session.principal.name} />
        {session.principal.on_behalf_of && (
          <div className="faint">
            for <Revealed text={session.principal.on_behalf_of} />
          </div>
        )}
        <div>
          <LockPill lock={locked.principal(session.principal)} />
        </div>
      </td>
      <td>
        <div>
          <Revealed text={session.target} />
        </div>
        <LabelList labels={session.labels} none="" />
      </td>
      <td className="client">
        <div className="clip">
          <Revealed text={session.application ?? "unnamed client"} />
        </div>
        <div className="faint clip">
          <Revealed text={session.client} />
        </div>
      </td>
      <td>
        <Counts counts={session.counts} />
      </td>
      <td className="num">{formatCount(session.counts.rows)}</td>
      <td className="num">
        {session.closed_at ? (
          formatMicros(Math.max(0, lasted) * 1000)
        ) : (
          <Pill tone="accent">open</Pill>
        )}
      </td>
      <td className="num">
        <Moment at={session.opened_at} />
      </td>
    </tr>
  );
}

export function SessionTable({ sessions }: { sessions: SessionSummary[] }) {
  return (
    <table className="pick">
      <thead>
        <tr>
          <th>Session</th>
          <th>Principal</th>
          <th>Target</th>
          <th className="client">Client</th>
          <th>Actions</th>
          <th className="num">Rows</th>
          <th className="num">Lasted</th>
          <th className="num">Began</th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <Row key={session.id} session={session} />
        ))}
      </tbody>
    </table>
  );
}
