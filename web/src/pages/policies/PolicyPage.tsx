import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { policy as policyQuery } from "../../api/queries";
import type { Policy, PolicyChange } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { useCan } from "../../shell/can";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { emptyDraft, encodeDraft } from "../playground/state";
import { About } from "./About";
import { Activity } from "./Activity";
import { BindingEditor } from "./BindingEditor";
import { Bindings } from "./Bindings";
import { LastChanges } from "./LastChanges";
import { Outcome } from "./Outcome";
import { PolicyText } from "./PolicyText";
import { RollbackDialog } from "./RollbackDialog";
import { RolloutPanel } from "./RolloutPanel";
import { Running } from "./Running";
import type { STAGES } from "./rollout";
import { SourceDialog } from "./SourceDialog";
import { UndoDialog } from "./UndoDialog";
import { UploadDialog } from "./UploadDialog";
import type { Saved } from "./useSaveBinding";
import { Versions } from "./Versions";
import "./policies.css";

/** The binding that is on its way comes first: that is what somebody comes to look after. */
function mainBinding(policy: Policy) {
  const order = ["canary", "shadow", "enforced", "draft"];
  const canary = policy.bindings.find((b) => b.stage === "canary");
  const rank = (stage: (typeof STAGES)[number]) => order.indexOf(stage);
  return (
    canary ??
    policy.bindings.find((b) => b.stage === "enforced") ??
    [...policy.bindings].sort((a, b) => rank(a.stage) - rank(b.stage))[0]
  );
}

interface LoadedProps {
  policy: Policy;
  onChange: (change: PolicyChange) => void;
}

function Loaded({ policy, onChange }: LoadedProps) {
  const [chosen, setChosen] = useState<string>();
  const may = useCan().author;
  const adding = chosen === "new";
  const binding = adding
    ? undefined
    : (policy.bindings.find((b) => b.id === chosen) ?? mainBinding(policy));
  const done = ({ bindingId, pending }: Saved) => {
    if (pending) onChange(pending);
    setChosen(bindingId);
  };
  return (
    <div className="page split">
      <div className="stack">
        {binding && (
          <RolloutPanel key={binding.id} policy={policy} binding={binding} onDone={done} />
        )}
        <Activity policyId={policy.id} />
        <Bindings
          policy={policy}
          selected={binding?.id}
          onSelect={setChosen}
          onAdd={may ? () => setChosen("new") : undefined}
        />
        <Versions policy={policy} />
        <Running policy={policy} />
        <LastChanges policyId={policy.id} />
        <About manifest={policy.manifest} />
        {isText(policy) && policy.versions[0] && <PolicyText versionId={policy.versions[0].id} />}
      </div>
      <div className="stack">
        {binding || adding ? (
          <BindingEditor
            key={binding ? `${binding.id} ${binding.updated_at}` : "new"}
            policy={policy}
            binding={binding}
            onDone={done}
          />
        ) : (
          <Panel title="Settings">
            <p className="muted">
              It is bound to nothing, so it judges nothing.{" "}
              {may && (
                <Button tone="link" onClick={() => setChosen("new")}>
                  Bind it
                </Button>
              )}
            </p>
          </Panel>
        )}
      </div>
    </div>
  );
}

const isText = (policy: Policy | undefined) =>
  ["rego", "cedar"].includes(policy?.versions[0]?.language ?? "");

/** The playground with this policy's newest version and its settings as they are bound. */
function tryHash(policy: Policy): string {
  const newest = policy.versions[0];
  const settings = policy.bindings.find((b) => b.policy_version_id === newest?.id)?.settings;
  return encodeDraft({
    ...emptyDraft(),
    kind: (policy.manifest.operations[0] as "sql" | undefined) ?? "sql",
    bindings: newest
      ? [
          {
            policy_version_id: newest.id,
            settings: (settings ?? policy.bindings[0]?.settings ?? {}) as Json,
          },
        ]
      : "current",
  });
}

export function PolicyPage() {
  const { policyId } = useParams({ from: "/shell/policies/$policyId" });
  const query = useQuery(policyQuery(policyId));
  const may = useCan().author;
  const [dialog, setDialog] = useState<"upload" | "write" | "rollback" | "undo">();
  const [change, setChange] = useState<PolicyChange>();
  const { data } = query;
  const made = (next: PolicyChange) => {
    setDialog(undefined);
    setChange(next);
  };
  // A rollback that waits for another admin has made no set yet.
  const undoable = change?.kind === "rollback" && change.revision != null;
  return (
    <>
      <TopBar title={data?.name ?? "Policy"} sub={data?.manifest.description}>
        {data && (
          <>
            <Link to="/playground" hash={tryHash(data)} className="btn">
              Playground
            </Link>
            <Link to="/replays" search={{ policy: data.id }} className="btn">
              What would it change?
            </Link>
          </>
        )}
        {may && (
          <Button onClick={() => setDialog(isText(data) ? "write" : "upload")}>
            {isText(data) ? "Write a version…" : "Upload a version…"}
          </Button>
        )}
        {may && data && data.bindings.length > 0 && (
          <Button tone="no" onClick={() => setDialog("rollback")}>
            Roll back…
          </Button>
        )}
      </TopBar>
      <div className="scrolls">
        {change && (
          <Outcome
            change={change}
            onUndo={undoable ? () => setDialog("undo") : undefined}
            onClose={() => setChange(undefined)}
          />
        )}
        <QueryView query={query} lines={8}>
          {(policy) => <Loaded key={policy.id} policy={policy} onChange={setChange} />}
        </QueryView>
      </div>
      {dialog === "upload" && (
        <UploadDialog onClose={() => setDialog(undefined)} onWrite={() => setDialog("write")} />
      )}
      {dialog === "write" && data && (
        <SourceDialog policy={data} onClose={() => setDialog(undefined)} />
      )}
      {dialog === "rollback" && data && (
        <RollbackDialog policy={data} onDone={made} onClose={() => setDialog(undefined)} />
      )}
      {dialog === "undo" && change?.revision != null && (
        <UndoDialog
          change={change}
          revision={change.revision}
          onDone={made}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  );
}
