import { Link } from "@tanstack/react-router";
import type { Grant, GrantVote } from "../../api/types";
import { Operations } from "../../record/GrantMark";
import { Votes as VoteList } from "../../record/Votes";
import { useCan } from "../../shell/can";
import { grantId, holderOf } from "../../text/access";
import { formatMoment, formatSeconds } from "../../text/format";
import { LabelList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Fact } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";

/** Targets with their labels, one a line. */
export function Targets({ grant }: { grant: Grant }) {
  return (
    <ul>
      {grant.targets.map((target) => (
        <li key={target.id}>
          <b>
            <Revealed text={target.name} />
          </b>{" "}
          <LabelList labels={target.labels} none="" />
        </li>
      ))}
    </ul>
  );
}

/** What is asked for or allowed. */
export function WhatFacts({ grant }: { grant: Grant }) {
  return (
    <>
      <Fact name="Targets">
        <Targets grant={grant} />
      </Fact>
      <Fact name="Operations">
        <Operations grant={grant} />
      </Fact>
      <Fact name="For">{formatSeconds(grant.duration_seconds)}</Fact>
      <Fact name="Follows on">
        {grant.extends && (
          <Link to="/access/$grantId" params={{ grantId: grant.extends }} className="mono">
            {grantId(grant.extends)}
          </Link>
        )}
      </Fact>
    </>
  );
}

/** Who holds it, and who asked. */
export function WhoFacts({ grant }: { grant: Grant }) {
  const { read } = useCan();
  const name = <Revealed text={grant.principal.name} />;
  return (
    <>
      <Fact name="Holder">
        {read ? (
          <Link to="/principals/$principalId" params={{ principalId: grant.principal.id }}>
            {name}
          </Link>
        ) : (
          <b>{name}</b>
        )}{" "}
        <span className="faint">{grant.principal.kind}</span>
      </Fact>
      <Fact name="Acts for">
        {holderOf(grant) !== grant.principal.name && <Revealed text={grant.on_behalf_of ?? ""} />}
      </Fact>
      <Fact name="Asked by">
        <Revealed text={grant.requested_by} />
        <span className="faint">
          , <Moment at={grant.requested_at} />
        </span>
      </Fact>
    </>
  );
}

/** How it came about and how it ended. */
export function TimeFacts({ grant }: { grant: Grant }) {
  const over = grant.ended_at != null;
  return (
    <>
      <Fact name={over ? "Was to end" : "Ends"}>
        {grant.expires_at && formatMoment(new Date(grant.expires_at))}
      </Fact>
      <Fact name="Ended">
        {grant.ended_at && (
          <>
            <Moment at={grant.ended_at} />
            {grant.ended_by && (
              <>
                {" "}
                by <Revealed text={grant.ended_by} />
              </>
            )}
          </>
        )}
      </Fact>
      <Fact name="Because">{grant.end_reason && <Revealed text={grant.end_reason} />}</Fact>
    </>
  );
}

export function Votes({ votes }: { votes: GrantVote[] }) {
  return (
    <VoteList
      votes={votes.map((vote) => ({ ...vote, id: `${vote.email} ${vote.at}`, by: vote.email }))}
    />
  );
}
