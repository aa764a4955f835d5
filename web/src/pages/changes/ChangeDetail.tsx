import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { client, ok } from "../../api/client";
import { me } from "../../api/queries";
import type { PolicyChange, Role } from "../../api/types";
import { humanize } from "../../schema-form/node";
import { canOf } from "../../shell/can";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { Moment } from "../../ui/Moment";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";
import { ProblemNote } from "../../ui/States";
import { ChangePill } from "../policies/LastChanges";
import { Differences } from "../sets/Differences";
import { diffRest, diffSets } from "../sets/setDiff";
import { useAcknowledge } from "./useAcknowledge";

/** Why the reader may not decide it, in words; undefined where they may. */
export function mayNotDecide(
  change: PolicyChange,
  user: { id: string; roles: Role[] },
): string | undefined {
  if (!canOf(user.roles).author) return "Only admins and policy authors decide changes.";
  if (change.requested_by === user.id)
    return "You asked for it yourself. Another admin has to look at it.";
  return undefined;
}

function Decide({ change }: { change: PolicyChange }) {
  const { user } = useSuspenseQuery(me()).data;
  const [comment, setComment] = useState("");
  const reasonId = useId();
  const queries = useQueryClient();
  const decide = useMutation({
    mutationFn: (decision: "approve" | "reject") =>
      ok(
        client.POST("/api/v1/policy_changes/{id}/decisions", {
          params: { path: { id: change.id } },
          body: { decision, comment: comment.trim() || undefined },
        }),
      ),
    onSuccess: async () => {
      for (const key of ["policy_change", "policy", "policy_set", "document"])
        await queries.invalidateQueries({ queryKey: [key] });
    },
  });
  const reason = mayNotDecide(change, user);
  const described = reason ? reasonId : undefined;
  return (
    <Panel title="Decide" aside="it changes nothing until it is approved">
      <div className="form">
        <TextField
          label="Comment"
          value={comment}
          onChange={setComment}
          maxLength={2000}
          disabled={reason !== undefined}
        />
        {decide.error && <ProblemNote error={decide.error} />}
        {reason && (
          <p id={reasonId} className="muted">
            {reason}
          </p>
        )}
        <div className="row">
          <Button
            tone="go"
            disabled={reason !== undefined}
            aria-describedby={described}
            busy={decide.isPending && decide.variables === "approve"}
            onClick={() => decide.mutate("approve")}
          >
            Approve
          </Button>
          <Button
            tone="no"
            disabled={reason !== undefined}
            aria-describedby={described}
            busy={decide.isPending && decide.variables === "reject"}
            onClick={() => decide.mutate("reject")}
          >
            Reject
          </Button>
        </div>
      </div>
    </Panel>
  );
}

const WORDS = { added: "is bound", removed: "is deleted", changed: "changes" };

export function ChangeDetail({ change }: { change: PolicyChange }) {
  const { before, after } = change;
  const bindings = diffSets(before.bindings ?? [], after.bindings ?? []);
  const rest = diffRest(before, after);
  const { acknowledge, may } = useAcknowledge();
  return (
    <>
      {change.alert && !change.acknowledged_at && (
        <div className="note row wrap" data-tone="deny">
          <span className="grow break">
            <b>This happened by itself.</b> {change.comment && <Revealed text={change.comment} />}
          </span>
          {may && (
            <Button
              small
              busy={acknowledge.isPending}
              onClick={() => acknowledge.mutate(change.id)}
            >
              Acknowledge
            </Button>
          )}
        </div>
      )}
      <Panel title={<Revealed text={change.summary} />} aside={<ChangePill change={change} />}>
        <Facts>
          <Fact name="What">{humanize(change.kind)}</Fact>
          <Fact name="Policy">
            {change.policy_id && change.policy && (
              <Link to="/policies/$policyId" params={{ policyId: change.policy_id }}>
                {change.policy}
              </Link>
            )}
          </Fact>
          <Fact name="Asked by">
            {change.requested_by_name}, <Moment at={change.created_at} />
          </Fact>
          <Fact name="Decided by">
            {change.decided_at && change.state !== "pending" && change.decided_by_name && (
              <>
                {change.decided_by_name}, <Moment at={change.decided_at} />
                {change.decision_comment && (
                  <>
                    : “<Revealed text={change.decision_comment} />”
                  </>
                )}
              </>
            )}
          </Fact>
          <Fact name="Comment">{change.comment && <Revealed text={change.comment} />}</Fact>
          <Fact name="Set">
            {change.revision != null && (
              <Link to="/sets" search={{ revision: change.revision }}>
                {change.revision}
              </Link>
            )}
          </Fact>
          <Fact name="Restores">
            {change.restores != null && (
              <Link to="/sets" search={{ revision: change.restores }}>
                set {change.restores}
              </Link>
            )}
          </Fact>
          <Fact name="Seen by">
            {change.acknowledged_at && (
              <>
                {change.acknowledged_by_name}, <Moment at={change.acknowledged_at} />
              </>
            )}
          </Fact>
        </Facts>
      </Panel>
      <Panel title="What changes" flush>
        {bindings.length + rest.length === 0 ? (
          <p className="in muted">The record holds no difference.</p>
        ) : (
          <Differences bindings={bindings} rest={rest} words={WORDS} />
        )}
      </Panel>
      {change.state === "pending" && <Decide change={change} />}
    </>
  );
}
