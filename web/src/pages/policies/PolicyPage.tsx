import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { policy as policyQuery } from "../../api/queries";
import type { Policy } from "../../api/types";
import { useIsAdmin } from "../../shell/useRole";
import { formatCount } from "../../text/format";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { About } from "./About";
import { BindingEditor } from "./BindingEditor";
import { Bindings } from "./Bindings";
import { Running } from "./Running";
import { UploadDialog } from "./UploadDialog";
import { Versions } from "./Versions";

function Numbers({ policy }: { policy: Policy }) {
  const sum = (of: "decisions" | "failures") => policy.running.reduce((n, row) => n + row[of], 0);
  const edges = new Set(policy.running.map((row) => row.edge_id)).size;
  const enforced = policy.bindings.filter((b) => b.stage === "enforced").length;
  return (
    <section className="panel" aria-label="Numbers">
      <dl className="kpi">
        {[
          ["Decisions", formatCount(sum("decisions"))],
          ["Traps, limits", formatCount(sum("failures"))],
          ["Edges running it", formatCount(edges)],
          ["Bindings enforced", `${enforced} of ${policy.bindings.length}`],
        ].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Loaded({ policy }: { policy: Policy }) {
  const [chosen, setChosen] = useState<string>();
  const admin = useIsAdmin();
  const adding = chosen === "new";
  const binding = adding
    ? undefined
    : (policy.bindings.find((b) => b.id === chosen) ?? policy.bindings[0]);
  return (
    <div className="scrolls">
      <div className="page split">
        <div className="stack">
          <Numbers policy={policy} />
          <Bindings
            policy={policy}
            selected={binding?.id}
            onSelect={setChosen}
            onAdd={admin ? () => setChosen("new") : undefined}
          />
          <Versions policy={policy} />
          <Running policy={policy} />
          <About manifest={policy.manifest} />
        </div>
        <div className="stack">
          {binding || adding ? (
            <BindingEditor
              key={binding?.id ?? "new"}
              policy={policy}
              binding={binding}
              onDone={(id) => setChosen(id)}
            />
          ) : (
            <Panel title="Settings">
              <p className="muted">
                It is bound to nothing, so it judges nothing.{" "}
                {admin && (
                  <Button tone="link" onClick={() => setChosen("new")}>
                    Bind it
                  </Button>
                )}
              </p>
            </Panel>
          )}
        </div>
      </div>
    </div>
  );
}

export function PolicyPage() {
  const { policyId } = useParams({ from: "/shell/policies/$policyId" });
  const query = useQuery(policyQuery(policyId));
  const admin = useIsAdmin();
  const [uploading, setUploading] = useState(false);
  return (
    <>
      <TopBar title={query.data?.name ?? "Policy"} sub={query.data?.manifest.description}>
        {admin && <Button onClick={() => setUploading(true)}>Upload a version…</Button>}
      </TopBar>
      <QueryView query={query} lines={8}>
        {(policy) => <Loaded key={policy.id} policy={policy} />}
      </QueryView>
      {uploading && <UploadDialog onClose={() => setUploading(false)} />}
    </>
  );
}
