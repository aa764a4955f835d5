import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { edges, policies } from "../../api/queries";
import type { Edge, PolicySummary } from "../../api/types";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { formatCount, plural, shortDigest } from "../../text/format";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { SourceDialog } from "./SourceDialog";
import { UploadDialog } from "./UploadDialog";

/** What the edges report of a policy since they started, in sum. */
function reported(edgeList: Edge[] | undefined, name: string) {
  const rows =
    edgeList?.flatMap((e) => e.status?.policies ?? []).filter((p) => p.policy === name) ?? [];
  return {
    decisions: rows.reduce((sum, row) => sum + row.decisions, 0),
    failures: rows.reduce((sum, row) => sum + row.failures, 0),
    broken: rows.some((row) => row.error),
  };
}

function Row({ policy, edgeList }: { policy: PolicySummary; edgeList: Edge[] | undefined }) {
  const { decisions, failures, broken } = reported(edgeList, policy.name);
  const canary = policy.canary_bindings ?? 0;
  const draft = policy.draft_bindings ?? 0;
  return (
    <tr>
      <td>
        <Link to="/policies/$policyId" params={{ policyId: policy.id }} data-row>
          <b>{policy.name}</b>
        </Link>
        <div className="muted">{policy.description}</div>
      </td>
      <td className="nowrap">
        <b>v{policy.newest_version.version}</b>{" "}
        <span className="mono faint" title={policy.newest_version.digest}>
          {shortDigest(policy.newest_version.digest)}
        </span>
        <div className="faint">{plural(policy.versions, "version")}</div>
      </td>
      <td>
        <span className="labels">
          {policy.enforced_bindings > 0 && (
            <Pill tone="allow">{policy.enforced_bindings} enforced</Pill>
          )}
          {canary > 0 && <Pill tone="review">{canary} canary</Pill>}
          {policy.shadow_bindings > 0 && <Pill tone="shadow">{policy.shadow_bindings} shadow</Pill>}
          {draft > 0 && <Pill tone="shadow">{draft} draft</Pill>}
          {policy.enforced_bindings + policy.shadow_bindings + canary + draft === 0 && (
            <span className="faint">not bound</span>
          )}
        </span>
      </td>
      <td className="num">{formatCount(decisions)}</td>
      <td className="num">
        {failures > 0 || broken ? (
          <Pill tone="deny">{broken ? "not loaded" : `${formatCount(failures)} failed`}</Pill>
        ) : (
          0
        )}
      </td>
      <td className="num">
        <Moment at={policy.newest_version.created_at} />
      </td>
    </tr>
  );
}

export function PoliciesPage() {
  const query = useQuery(policies());
  const edgeList = useQuery(edges());
  const may = useCan().author;
  const [search, setSearch] = useState("");
  const [dialog, setDialog] = useState<"upload" | "write">();
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  return (
    <>
      <TopBar title="Policies" sub="What is judged, and by which rules">
        <SearchBox label="Search policies" value={search} onChange={setSearch} />
        {may && (
          <Button tone="primary" onClick={() => setDialog("upload")}>
            Upload…
          </Button>
        )}
      </TopBar>
      <div className="scrolls">
        <div className="page">
          <Panel flush>
            <QueryView query={query} lines={6}>
              {(list) => {
                const shown = list.filter((p) =>
                  `${p.name}\n${p.description}`.toLowerCase().includes(wanted),
                );
                if (shown.length === 0) {
                  return list.length > 0 ? (
                    <Blank title="No policy matches." />
                  ) : (
                    <Blank title="No policies yet.">
                      Upload a component, or run <code>countersign policy push</code>.
                    </Blank>
                  );
                }
                return (
                  <table className="pick">
                    <thead>
                      <tr>
                        <th>Policy</th>
                        <th>Newest version</th>
                        <th>Bindings</th>
                        <th className="num">Decisions</th>
                        <th className="num">Failures</th>
                        <th className="num">Uploaded</th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((policy) => (
                        <Row key={policy.id} policy={policy} edgeList={edgeList.data} />
                      ))}
                    </tbody>
                  </table>
                );
              }}
            </QueryView>
          </Panel>
          <p className="faint">Decisions and failures count since each edge started.</p>
        </div>
      </div>
      {dialog === "upload" && (
        <UploadDialog onClose={() => setDialog(undefined)} onWrite={() => setDialog("write")} />
      )}
      {dialog === "write" && <SourceDialog onClose={() => setDialog(undefined)} />}
    </>
  );
}
