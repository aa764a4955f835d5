import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { policies, policy as policyQuery, replayRun } from "../../api/queries";
import type { ReplayRun } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { diffValues } from "../../text/diff";
import { formatCount, formatMoment, formatSeconds } from "../../text/format";
import { ChangeTable } from "../../ui/ChangeTable";
import { useNow } from "../../ui/now";
import { Panel } from "../../ui/Panel";
import { Blank, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { Groups } from "./Groups";
import { RunPill } from "./ReplaysPage";
import "./replays.css";

function Took({ run }: { run: ReplayRun }) {
  const now = useNow();
  const end = run.finished_at ? Date.parse(run.finished_at) : now;
  const seconds = Math.max(0, Math.round((end - Date.parse(run.started_at)) / 1000));
  return <>{seconds === 0 ? "under 1 s" : formatSeconds(seconds)}</>;
}

function Numbers({ run }: { run: ReplayRun }) {
  const total = run.total ?? 0;
  return (
    <section className="panel" aria-label="Progress">
      <dl className="kpi">
        <div>
          <dt>Judged again</dt>
          <dd>{formatCount(run.judged)}</dd>
        </div>
        <div>
          <dt>Differ</dt>
          <dd>{formatCount(run.differing)}</dd>
        </div>
        <div>
          <dt>Left out</dt>
          <dd>{formatCount(run.skipped)}</dd>
        </div>
        <div>
          <dt>A second</dt>
          <dd>{formatCount(Math.round(run.per_second))}</dd>
        </div>
        <div>
          <dt>Took</dt>
          <dd>
            <Took run={run} />
          </dd>
        </div>
      </dl>
      {run.state === "running" && (
        <progress
          className="progress"
          aria-label="Progress"
          max={total > 0 ? total : undefined}
          value={total > 0 ? run.judged + run.skipped : undefined}
        />
      )}
    </section>
  );
}

/** The settings as they are bound, and as they were tried. */
function Tried({ run, policyId }: { run: ReplayRun; policyId: string }) {
  const { data } = useQuery(policyQuery(policyId));
  if (!data) return null;
  const version = data.versions.find((v) => v.id === run.candidate?.policy_version_id);
  const bound = data.bindings.find((b) => b.stage === "enforced") ?? data.bindings[0];
  const settings = run.candidate?.settings as Json | undefined;
  const changes = settings && bound ? diffValues(bound.settings as Json, settings) : [];
  return (
    <Panel
      title="What was tried"
      aside={
        <Link to="/policies/$policyId" params={{ policyId }}>
          {data.name}
        </Link>
      }
      flush
    >
      <p className="in">
        <b>{version ? `v${version.version}` : "the version that was bound"}</b>
        {bound && version && bound.version !== version.version && (
          <span className="muted"> in the place of v{bound.version}</span>
        )}
        {changes.length === 0 && <span className="muted">, settings as they are bound</span>}
      </p>
      {changes.length > 0 && <ChangeTable changes={changes} />}
    </Panel>
  );
}

function Result({ run }: { run: ReplayRun }) {
  const groups = run.groups ?? [];
  if (run.state === "failed") {
    return (
      <div className="note" data-tone="deny" role="alert">
        <b>It could not be finished.</b> {run.error}
      </div>
    );
  }
  if (groups.length > 0) return <Groups run={run} groups={groups} />;
  if (run.state === "running") return null;
  return (
    <Panel>
      {run.judged === 0 ? (
        <Blank title="Nothing was recorded in this time.">
          Choose an earlier start, or another target.
        </Blank>
      ) : (
        <Blank title={`No decision differs, of ${formatCount(run.judged)}.`}>
          {run.candidate
            ? "Every recorded action would be decided as it was."
            : "The same versions gave the same decisions: what is recorded can be relied on."}
        </Blank>
      )}
    </Panel>
  );
}

function Loaded({ run }: { run: ReplayRun }) {
  const policyId = run.candidate?.policy_id;
  return (
    <div className="scrolls">
      <div className="page">
        <Numbers run={run} />
        {policyId && <Tried run={run} policyId={policyId} />}
        <Result run={run} />
        <p className="faint">
          {run.since && <>From {formatMoment(new Date(run.since))} on. </>}
          Host calls are answered from the record. An action that some policy's record is missing
          for is left out.
        </p>
      </div>
    </div>
  );
}

export function ReplayResultPage() {
  const { replayId } = useParams({ from: "/shell/replays/$replayId" });
  const query = useQuery(replayRun(replayId));
  const all = useQuery(policies());
  const candidate = query.data?.candidate;
  const name = all.data?.find((p) => p.id === candidate?.policy_id)?.name;
  return (
    <>
      <TopBar
        title="What would it change?"
        sub={query.data && (name ?? (candidate ? "A changed binding" : "The same versions again"))}
      >
        {query.data && <RunPill run={query.data} />}
        <Link
          to="/replays"
          search={candidate?.policy_id ? { policy: candidate.policy_id } : {}}
          className="btn"
        >
          Judge again
        </Link>
      </TopBar>
      <QueryView query={query} lines={8}>
        {(run) => <Loaded run={run} />}
      </QueryView>
    </>
  );
}
