import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { Edge, EdgeStatus } from "../../api/types";
import { LockButton, LockNote } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { useCan } from "../../shell/can";
import { formatBytes, formatCount, formatMicros, plural, shortDigest } from "../../text/format";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { ProblemNote } from "../../ui/States";
import { Readiness } from "../policies/Readiness";
import { healthOf } from "./health";

function Policies({ status }: { status: EdgeStatus }) {
  return (
    <Panel title="What it runs" aside={`set ${status.bundle_revision}`} flush>
      {status.policies.length === 0 ? (
        <p className="in muted">No policies. Targets' defaults decide.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Policy</th>
              <th className="num">Decisions</th>
              <th className="num">Failures</th>
            </tr>
          </thead>
          <tbody>
            {status.policies.map((policy, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a version may be bound twice
              <tr key={index}>
                <td className="break">
                  {policy.policy} <span className="faint">v{policy.version}</span>{" "}
                  <span className="mono faint nowrap" title={policy.digest}>
                    {shortDigest(policy.digest)}
                  </span>
                  {(policy.error || (policy.readiness ?? "ready") !== "ready") && (
                    <div>
                      <Readiness edge={{ ...policy, readiness: policy.readiness ?? "failed" }} />
                    </div>
                  )}
                </td>
                <td className="num">{formatCount(policy.decisions)}</td>
                <td className="num">
                  {policy.failures > 0 ? (
                    <Pill tone="deny">{formatCount(policy.failures)} failed</Pill>
                  ) : (
                    0
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function StatusFacts({ status, newest }: { status: EdgeStatus; newest: number }) {
  return (
    <>
      <Fact name="Set">
        {status.bundle_revision}, newest {newest}
      </Fact>
      <Fact name="Serves">
        <NameList names={status.targets} />
      </Fact>
      <Fact name="Listens on">
        <NameList names={status.listeners} />
      </Fact>
      <Fact name="Sessions">
        <Link to="/sessions" search={{ open: true }}>
          {plural(status.sessions, "open session")}
        </Link>
      </Fact>
      <Fact name="Not sent">
        {plural(status.spool_records, "record")}, {formatBytes(status.spool_bytes)}
      </Fact>
      <Fact name="Memory">{formatBytes(status.resident_bytes)}</Fact>
      <Fact name="Version">{status.version}</Fact>
      <Fact name="Started">
        <Moment at={status.started_at} />
      </Fact>
    </>
  );
}

function EdgeFacts({ edge }: { edge: Edge }) {
  const { status, clock_skew_ms: skew } = edge;
  return (
    <Facts>
      {status && <StatusFacts status={status} newest={edge.newest_revision} />}
      <Fact name="Committed">up to record {formatCount(edge.acked_seq)}</Fact>
      <Fact name="Clock">{skew != null && `off by ${formatMicros(Math.abs(skew) * 1000)}`}</Fact>
      <Fact name="Last seen">
        {edge.last_seen_at ? <Moment at={edge.last_seen_at} /> : "never"}
      </Fact>
      <Fact name="Enrolled">
        <Moment at={edge.enrolled_at} />
      </Fact>
      <Fact name="Key">
        <span className="mono faint">{edge.public_key}</span>
      </Fact>
    </Facts>
  );
}

export function EdgePanel({ edge }: { edge: Edge }) {
  const { admin } = useCan();
  const [revoking, setRevoking] = useState(false);
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () =>
      ok(client.DELETE("/api/v1/edges/{id}", { params: { path: { id: edge.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["edge"] });
      setRevoking(false);
    },
  });
  const { tone, word, reasons } = healthOf(edge);
  const lock = useLocked().of("edge", edge.id);
  const { status } = edge;
  return (
    <div className="stack">
      <Panel title={edge.name} aside={<Pill tone={tone}>{word}</Pill>}>
        <div className="stack">
          <LockNote lock={lock} />
          {reasons.map((reason) => (
            <p key={reason} className="note" data-tone={tone}>
              {reason}
            </p>
          ))}
          <EdgeFacts edge={edge} />
          {admin && !edge.revoked_at && (
            <div className="row">
              <LockButton
                lock={lock}
                title={`Lock ${edge.name}?`}
                choices={[
                  {
                    subject: { kind: "edge", id: edge.id },
                    label: "this edge",
                    text: "It ends every session that it serves, and takes no new one.",
                  },
                ]}
              />
              <span className="grow" />
              <Button small tone="no" onClick={() => setRevoking(true)}>
                Revoke…
              </Button>
            </div>
          )}
        </div>
      </Panel>
      {status && <Policies status={status} />}
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${edge.name}?`}
          action="Revoke"
          busy={revoke.isPending}
          error={revoke.error && <ProblemNote error={revoke.error} />}
          onConfirm={() => revoke.mutate()}
          onClose={() => setRevoking(false)}
        >
          It is refused from now on. To come back it needs a new join token.
        </ConfirmDialog>
      )}
    </div>
  );
}
