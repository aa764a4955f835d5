import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { grant as grantQuery } from "../../api/accessQueries";
import type { Grant, GrantState, Id } from "../../api/types";
import { GrantPill, Operations } from "../../record/GrantMark";
import { PolicyReasons } from "../../record/PolicyReasons";
import { UsagePanel } from "../../record/UsagePanel";
import { useHotkeys } from "../../shell/hotkeys";
import { grantId, holderOf, targetsOf, whyNotGrant } from "../../text/access";
import { formatMoment, formatSeconds } from "../../text/format";
import { CountdownRing } from "../../ui/CountdownRing";
import { LabelList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { useNow } from "../../ui/now";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";
import { QueryView } from "../../ui/States";
import { Targets, Votes, WhoFacts } from "../access/GrantFacts";
import { DecisionControls } from "./DecisionBar";
import { useDecideGrant } from "./useDecide";

const IN_WORDS: Record<GrantState, string> = {
  requested: "Nothing is open yet. The time runs from the approval.",
  active: "Approved. It is in force.",
  denied: "Denied. Nothing was opened.",
  withdrawn: "The requester took it back.",
  revoked: "It was approved, and revoked since.",
  completed: "It was approved. The task is done.",
  expired: "Its time is over.",
};

function Head({ grant }: { grant: Grant }) {
  const waits = grant.state === "requested";
  return (
    <div className="row review-head">
      {waits && grant.decide_until && (
        <CountdownRing from={grant.requested_at} until={grant.decide_until} />
      )}
      <div className="grow">
        <h2>
          Access to <Revealed text={targetsOf(grant)} />
        </h2>
        <p className="muted" role="status">
          {IN_WORDS[grant.state]}
        </p>
      </div>
      <GrantPill state={grant.state} />
    </div>
  );
}

/** Until when it would hold, were it approved now. */
function WouldEnd({ seconds }: { seconds: number }) {
  const minute = 60_000;
  const at = Math.floor((useNow() + seconds * 1000) / minute) * minute;
  return <>{formatMoment(new Date(at))}, if you approve now</>;
}

function What({ grant }: { grant: Grant }) {
  return (
    <Panel
      title="Exactly what is asked for"
      aside={<span className="mono">{grantId(grant.id)}</span>}
    >
      <Facts>
        <Fact name="Task">
          <b className="break">
            “<Revealed text={grant.task} />”
          </b>
        </Fact>
        <Fact name="Targets">
          <Targets grant={grant} />
        </Fact>
        <Fact name="Operations">
          <Operations grant={grant} />
        </Fact>
        <Fact name="For">{formatSeconds(grant.duration_seconds)}</Fact>
        <Fact name={grant.state === "requested" ? "Would end" : "Ends"}>
          {grant.state === "requested" ? (
            <WouldEnd seconds={grant.duration_seconds} />
          ) : (
            grant.expires_at && formatMoment(new Date(grant.expires_at))
          )}
        </Fact>
        <Fact name="Follows on">
          {grant.extends && (
            <Link to="/access/$grantId" params={{ grantId: grant.extends }} className="mono">
              {grantId(grant.extends)}
            </Link>
          )}
        </Fact>
      </Facts>
    </Panel>
  );
}

/** Who asked, who would hold it, and who is behind them. */
const concerned = ({ requested_by, principal, on_behalf_of }: Grant) => [
  ...new Set([requested_by, principal.name, on_behalf_of].filter((name) => name != null)),
];

function Decision({ grant }: { grant: Grant }) {
  const { decision } = grant;
  const quorum = decision?.quorum ?? 1;
  const groups = decision?.reviewers ?? [];
  const refusal = whyNotGrant(grant);
  return (
    <Panel title="Decision">
      <div className="stack">
        <p>
          {grant.approvals} of {quorum} {quorum === 1 ? "approval" : "approvals"}, from{" "}
          <b>{groups.length > 0 ? groups.join(", ") : "any reviewer"}</b>.{" "}
          {grant.state === "requested" && (
            <>
              {refusal ?? "You may decide."}{" "}
              <span className="muted">{concerned(grant).join(" and ")} may not.</span>
            </>
          )}
        </p>
        <Votes votes={grant.votes} />
        {grant.votes.length === 0 && grant.decided_at && (
          <p className="muted">
            Closed <Moment at={grant.decided_at} />.
          </p>
        )}
      </div>
    </Panel>
  );
}

function Detail({ grant }: { grant: Grant }) {
  const [comment, setComment] = useState("");
  const decide = useDecideGrant(grant, comment);
  useHotkeys({
    a: () => decide.byKey("approve"),
    d: () => decide.byKey("deny"),
    c: () => document.getElementById("review-comment")?.focus(),
  });
  const [first] = grant.targets;
  return (
    <>
      <div className="review-mid">
        <Link to="/reviews" search={(s) => s} className="review-back">
          ← All reviews
        </Link>
        <Head grant={grant} />
        <p className="review-summary">
          <b>
            <Revealed text={holderOf(grant)} />
          </b>
          <LabelList labels={first?.labels} none="" />
        </p>
        <What grant={grant} />
        {/* To judge whether they need what they ask for. */}
        <UsagePanel name={grant.principal.name} />
      </div>
      <div className="review-side">
        <Panel title="Who">
          <Facts>
            <WhoFacts grant={grant} />
          </Facts>
        </Panel>
        {grant.decision && (
          <Panel
            title="Why it is asked"
            aside={grant.decision.bundle_revision && `set ${grant.decision.bundle_revision}`}
          >
            <PolicyReasons decision={grant.decision} />
          </Panel>
        )}
        <Decision grant={grant} />
      </div>
      {grant.state === "requested" && (
        <DecisionControls
          refusal={whyNotGrant(grant)}
          comment={comment}
          onComment={setComment}
          decide={decide}
        />
      )}
    </>
  );
}

/** A request for access, to be decided like a held action. */
export function RequestDetail({ id }: { id: Id }) {
  const query = useQuery(grantQuery(id));
  return (
    <section className="review" aria-label="Review">
      <QueryView query={query} lines={9}>
        {(grant) => <Detail grant={grant} />}
      </QueryView>
    </section>
  );
}
