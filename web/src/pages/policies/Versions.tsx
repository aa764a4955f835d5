import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { policyVersion } from "../../api/queries";
import type { Policy, PolicyVersionSummary } from "../../api/types";
import { formatBytes, plural, shortDigest } from "../../text/format";
import { NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill, StagePill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { STAGES } from "./rollout";

function Imports({ versionId }: { versionId: string }) {
  const { data } = useQuery(policyVersion(versionId));
  return (
    <div className="in">
      <span className="faint">The newest imports </span>
      <NameList names={data?.imports} none="nothing" />
    </div>
  );
}

/** Only what a browser may open; anything else is shown as text. */
export function SourceLink({ url }: { url: string }) {
  return /^https?:\/\//i.test(url) ? (
    <a href={url} rel="noreferrer noopener" target="_blank">
      source
    </a>
  ) : (
    <span className="mono break">
      <Revealed text={url} />
    </span>
  );
}

/** The furthest that a version has come in any binding. */
function Bound({ policy, version }: { policy: Policy; version: PolicyVersionSummary }) {
  const bindings = policy.bindings.filter((b) => b.policy_version_id === version.id);
  const [furthest] = bindings.sort((a, b) => STAGES.indexOf(b.stage) - STAGES.indexOf(a.stage));
  return furthest ? (
    <StagePill stage={furthest.stage} percent={furthest.canary_percent} />
  ) : (
    <span className="faint">not bound</span>
  );
}

function Row({
  policy,
  version,
  older,
}: {
  policy: Policy;
  version: PolicyVersionSummary;
  older: PolicyVersionSummary | undefined;
}) {
  const signatures = version.signatures ?? [];
  return (
    <tr>
      <td>
        <b>v{version.version}</b>{" "}
        <span className="mono faint" title={version.digest}>
          {shortDigest(version.digest)}
        </span>
        <div className="faint">
          {version.author_version} by {version.created_by_name}, <Moment at={version.created_at} />
        </div>
        {version.changelog && (
          <div className="muted break">
            <Revealed text={version.changelog} />
          </div>
        )}
        <div className="row wrap version-more">
          {version.language && <span className="label">{version.language}</span>}
          <span className="faint">{formatBytes(version.size)}</span>
          {version.source_url && <SourceLink url={version.source_url} />}
          {signatures.length > 0 && (
            <Pill tone="allow" title={signatures.map((s) => s.key).join("\n")}>
              {plural(signatures.length, "author signature")}
            </Pill>
          )}
          {older && (
            <Link
              to="/policies/$policyId/diff"
              params={{ policyId: policy.id }}
              search={{ from: older.version, to: version.version }}
            >
              diff v{older.version} → v{version.version}
            </Link>
          )}
        </div>
      </td>
      <td className="num">
        <Bound policy={policy} version={version} />
      </td>
    </tr>
  );
}

export function Versions({ policy }: { policy: Policy }) {
  const newest = policy.versions[0];
  return (
    <Panel title="Versions" flush>
      <table>
        <thead className="sr-only">
          <tr>
            <th>Version</th>
            <th>Stage</th>
          </tr>
        </thead>
        <tbody>
          {policy.versions.map((version, index) => (
            <Row
              key={version.id}
              policy={policy}
              version={version}
              older={policy.versions[index + 1]}
            />
          ))}
        </tbody>
      </table>
      {newest && <Imports versionId={newest.id} />}
    </Panel>
  );
}
