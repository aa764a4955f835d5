import { useQuery } from "@tanstack/react-query";
import { policyActivity } from "../../api/queries";
import type { EdgeReadiness, Policy } from "../../api/types";
import { formatCount, shortDigest } from "../../text/format";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";

/** Whether an edge runs what it is meant to, and what it runs meanwhile. */
export function Readiness({ edge }: { edge: EdgeReadiness }) {
  const wanted = edge.wanted_version;
  const meanwhile = wanted != null && edge.version > 0 && wanted !== edge.version;
  switch (edge.readiness) {
    case "ready":
      return <Pill tone="allow">ready</Pill>;
    case "preparing":
      return (
        <>
          <Pill tone="review">preparing{wanted != null && ` v${wanted}`}</Pill>{" "}
          {meanwhile && <span className="muted">v{edge.version} runs on meanwhile</span>}
        </>
      );
    case "failed":
      return (
        <>
          <Pill tone="deny">failed{wanted != null && ` v${wanted}`}</Pill>{" "}
          <span className="muted">
            {edge.error && <Revealed text={edge.error} />}
            {meanwhile && ` v${edge.version} runs on.`}
          </span>
        </>
      );
  }
}

/** What each edge says of its bindings of the policy. */
export function Running({ policy }: { policy: Policy }) {
  const activity = useQuery(policyActivity(policy.id));
  const states = activity.data?.edges ?? [];
  const silent = states.filter((state) => !policy.running.some((row) => row.edge === state.edge));
  return (
    <Panel title="On the edges" aside="since each edge started" flush>
      {policy.running.length + silent.length === 0 ? (
        <p className="in muted">No edge runs it.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Edge</th>
              <th>Version</th>
              <th>State</th>
              <th className="num">Decisions</th>
              <th className="num">Traps, limits</th>
              <th className="num">Said</th>
            </tr>
          </thead>
          <tbody>
            {policy.running.map((row, index) => {
              const state = states.find((s) => s.edge === row.edge && s.version === row.version);
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: an edge may run a version in two bindings
                <tr key={index}>
                  <td>{row.edge}</td>
                  <td className="nowrap">
                    <b>v{row.version}</b>{" "}
                    <span className="mono faint" title={row.digest}>
                      {shortDigest(row.digest)}
                    </span>
                  </td>
                  <td className="break">
                    <Readiness
                      edge={
                        state ?? {
                          edge: row.edge,
                          version: row.version,
                          readiness: row.error ? "failed" : "ready",
                          error: row.error,
                        }
                      }
                    />
                  </td>
                  <td className="num">{formatCount(row.decisions)}</td>
                  <td className="num">
                    {row.failures > 0 ? (
                      <Pill tone="deny">{formatCount(row.failures)} failed</Pill>
                    ) : (
                      0
                    )}
                  </td>
                  <td className="num faint">
                    <Moment at={row.reported_at} />
                  </td>
                </tr>
              );
            })}
            {silent.map((state) => (
              <tr key={`${state.edge} ${state.version} ${state.wanted_version}`}>
                <td>{state.edge}</td>
                <td>
                  {state.version > 0 ? (
                    <b>v{state.version}</b>
                  ) : (
                    <span className="faint">none</span>
                  )}
                </td>
                <td className="break" colSpan={4}>
                  <Readiness edge={state} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
