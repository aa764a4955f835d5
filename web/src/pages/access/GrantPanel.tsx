import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { grant as grantQuery } from "../../api/accessQueries";
import type { Grant, Id } from "../../api/types";
import { BreakGlassPill, GrantPill } from "../../record/GrantMark";
import { PolicyReasons } from "../../record/PolicyReasons";
import { useCan } from "../../shell/can";
import { grantId } from "../../text/access";
import { CountdownRing } from "../../ui/CountdownRing";
import { Facts, Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";
import { QueryView } from "../../ui/States";
import { GrantActions } from "./GrantActions";
import { TimeFacts, Votes, WhatFacts, WhoFacts } from "./GrantFacts";

/** How it was decided: by policies, by people, or by nobody. */
function Decided({ grant }: { grant: Grant }) {
  const { decision, votes } = grant;
  return (
    <Panel title={grant.break_glass ? "Nobody approved it" : "How it was decided"}>
      <div className="stack">
        {grant.reason && (
          <p className="break">
            “<Revealed text={grant.reason} />”
          </p>
        )}
        {decision && <PolicyReasons decision={decision} />}
        <Votes votes={votes} />
        {!decision && votes.length === 0 && !grant.reason && (
          <p className="muted">Nothing is recorded.</p>
        )}
      </div>
    </Panel>
  );
}

function Head({ grant }: { grant: Grant }) {
  const active = grant.state === "active" && grant.expires_at;
  return (
    <div className="row grant-head">
      {active && (
        <CountdownRing
          from={new Date(Date.parse(active) - grant.duration_seconds * 1000).toISOString()}
          until={active}
          tone="allow"
          what={`of ${grantId(grant.id)}`}
        />
      )}
      <p className="grow task">
        “<Revealed text={grant.task} />”
      </p>
      {grant.break_glass && <BreakGlassPill />}
      <GrantPill state={grant.state} />
    </div>
  );
}

interface Props {
  id: Id;
  onExtended: (grant: Grant) => void;
}

/** One grant: what it allows, to whom, for what, until when, and why. */
export function GrantPanel({ id, onExtended }: Props) {
  const query = useQuery(grantQuery(id));
  const { read } = useCan();
  return (
    <QueryView query={query} lines={6}>
      {(grant) => (
        <div className="stack">
          <Link to="/access" search className="access-back">
            ← All grants
          </Link>
          <Panel
            title={
              <>
                Grant <span className="mono">{grantId(grant.id)}</span>
              </>
            }
            className={grant.break_glass ? "loud" : undefined}
            aside={
              read && (
                <Link to="/sessions" search={{ grant: grant.id }}>
                  its sessions
                </Link>
              )
            }
          >
            <div className="stack">
              <Head grant={grant} />
              <Facts>
                <WhatFacts grant={grant} />
                <WhoFacts grant={grant} />
                <TimeFacts grant={grant} />
              </Facts>
              <GrantActions grant={grant} onExtended={onExtended} />
            </div>
          </Panel>
          <Decided grant={grant} />
        </div>
      )}
    </QueryView>
  );
}
