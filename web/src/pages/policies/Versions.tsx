import { useQuery } from "@tanstack/react-query";
import { policyVersion } from "../../api/queries";
import type { Policy } from "../../api/types";
import { formatBytes, shortDigest } from "../../text/format";
import { NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { StagePill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";

function Imports({ versionId }: { versionId: string }) {
  const { data } = useQuery(policyVersion(versionId));
  return (
    <div className="in">
      <span className="faint">The newest imports </span>
      <NameList names={data?.imports} none="nothing" />
    </div>
  );
}

export function Versions({ policy }: { policy: Policy }) {
  const stageOf = (versionId: string) => {
    const stages = policy.bindings
      .filter((b) => b.policy_version_id === versionId)
      .map((b) => b.stage);
    return stages.includes("enforced") ? "enforced" : stages[0];
  };
  const newest = policy.versions[0];
  return (
    <Panel title="Versions" flush>
      <table>
        <thead className="sr-only">
          <tr>
            <th>Version</th>
            <th>Stage</th>
            <th>Size</th>
            <th>Uploaded</th>
          </tr>
        </thead>
        <tbody>
          {policy.versions.map((version) => {
            const stage = stageOf(version.id);
            return (
              <tr key={version.id}>
                <td>
                  <b>v{version.version}</b>{" "}
                  <span className="mono faint" title={version.digest}>
                    {shortDigest(version.digest)}
                  </span>
                  <div className="faint">
                    {version.author_version} by {version.created_by_name}
                  </div>
                  {version.changelog && (
                    <div className="muted break">
                      <Revealed text={version.changelog} />
                    </div>
                  )}
                </td>
                <td>
                  {stage ? <StagePill stage={stage} /> : <span className="faint">not bound</span>}
                </td>
                <td className="num faint">{formatBytes(version.size)}</td>
                <td className="num faint">
                  <Moment at={version.created_at} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {newest && <Imports versionId={newest.id} />}
    </Panel>
  );
}
