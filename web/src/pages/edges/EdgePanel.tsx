import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { Edge, EdgeStatus } from "../../api/types";
import { useIsAdmin } from "../../shell/useRole";
import { formatBytes, formatCount, formatMicros, plural, shortDigest } from "../../text/format";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Facts, Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { ProblemNote } from "../../ui/States";
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
                  <span className="mono faint" title={policy.digest}>
                    {shortDigest(policy.digest)}
                  </span>
                  {policy.error && (
                    <div>
                      <Pill tone="deny">not loaded</Pill>{" "}
                      <span className="muted">{policy.error}</span>
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

export function EdgePanel({ edge }: { edge: Edge }) {
  const admin = useIsAdmin();
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
  const { status } = edge;
  return (
    <div className="stack">
      <Panel title={edge.name} aside={<Pill tone={tone}>{word}</Pill>}>
        <div className="stack">
          {reasons.map((reason) => (
            <p key={reason} className="note" data-tone={tone}>
              {reason}
            </p>
          ))}
          <Facts
            rows={[
              [
                "Set",
                status ? `${status.bundle_revision}, newest ${edge.newest_revision}` : "none yet",
              ],
              ["Serves", status && <NameList key="targets" names={status.targets} />],
              ["Listens on", status && <NameList key="listeners" names={status.listeners} />],
              [
                "Sessions",
                status && (
                  <Link key="sessions" to="/sessions" search={{ open: true }}>
                    {plural(status.sessions, "open session")}
                  </Link>
                ),
              ],
              [
                "Not sent",
                status &&
                  `${plural(status.spool_records, "record")}, ${formatBytes(status.spool_bytes)}`,
              ],
              ["Committed", `up to record ${formatCount(edge.acked_seq)}`],
              ["Memory", status && formatBytes(status.resident_bytes)],
              ["Version", status?.version],
              ["Started", status && <Moment key="started" at={status.started_at} />],
              [
                "Clock",
                edge.clock_skew_ms != null &&
                  `off by ${formatMicros(Math.abs(edge.clock_skew_ms) * 1000)}`,
              ],
              [
                "Last seen",
                edge.last_seen_at ? <Moment key="seen" at={edge.last_seen_at} /> : "never",
              ],
              ["Enrolled", <Moment key="enrolled" at={edge.enrolled_at} />],
              [
                "Key",
                <span key="key" className="mono break faint">
                  {edge.public_key}
                </span>,
              ],
            ]}
          />
          {admin && !edge.revoked_at && (
            <div>
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
