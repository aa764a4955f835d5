import { Link } from "@tanstack/react-router";
import type { Grant, Id } from "../../api/types";
import { BreakGlassPill, GrantPill, Operations } from "../../record/GrantMark";
import { grantId, holderOf } from "../../text/access";
import { formatSeconds } from "../../text/format";
import { CountdownRing } from "../../ui/CountdownRing";
import { Moment } from "../../ui/Moment";
import { Revealed } from "../../ui/Revealed";

/** Until when, or since when not any more. */
function Ends({ grant }: { grant: Grant }) {
  if (grant.state === "active" && grant.expires_at) {
    const from = Date.parse(grant.expires_at) - grant.duration_seconds * 1000;
    return (
      <CountdownRing
        from={new Date(from).toISOString()}
        until={grant.expires_at}
        tone="allow"
        what={`of ${grantId(grant.id)}`}
      />
    );
  }
  if (grant.state === "requested") return formatSeconds(grant.duration_seconds);
  return (
    <span className="faint">
      <Moment at={grant.ended_at ?? grant.expires_at ?? grant.requested_at} />
    </span>
  );
}

function Row({ grant, selected }: { grant: Grant; selected: boolean }) {
  return (
    <tr
      aria-selected={selected}
      data-loud={(grant.break_glass && grant.state === "active") || undefined}
    >
      <td>
        <Link
          to="/access/$grantId"
          params={{ grantId: grant.id }}
          search
          data-row
          className="mono"
          aria-label={`Grant ${grantId(grant.id)} of ${grant.principal.name}`}
        >
          {grantId(grant.id)}
        </Link>
        <div>
          <GrantPill state={grant.state} />
        </div>
      </td>
      <td>
        <div className="break">
          <Revealed text={holderOf(grant)} />
        </div>
        <div className="faint break">
          “<Revealed text={grant.task} />”
        </div>
      </td>
      <td>
        <div className="break">
          {grant.targets.map((target) => (
            <div key={target.id}>
              <Revealed text={target.name} />
            </div>
          ))}
        </div>
        <Operations grant={grant} /> {grant.break_glass && <BreakGlassPill />}
      </td>
      <td className="num">
        <span className="ends">
          <Ends grant={grant} />
        </span>
      </td>
    </tr>
  );
}

export function GrantTable({ grants, selected }: { grants: Grant[]; selected: Id | undefined }) {
  return (
    <table className="pick grants">
      <thead>
        <tr>
          <th>Grant</th>
          <th>Who, for what</th>
          <th>Where</th>
          <th className="num">Ends</th>
        </tr>
      </thead>
      <tbody>
        {grants.map((grant) => (
          <Row key={grant.id} grant={grant} selected={grant.id === selected} />
        ))}
      </tbody>
    </table>
  );
}
