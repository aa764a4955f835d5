import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useId } from "react";
import { policy as policyQuery, versionDiff } from "../../api/queries";
import type { Policy, VersionDiff } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { formatBytes } from "../../text/format";
import { ChangeTable } from "../../ui/ChangeTable";
import { NameList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Scroll } from "../../ui/Scroll";
import { Blank, QueryView } from "../../ui/States";
import { TextDiff } from "../../ui/TextDiff";
import { TopBar } from "../../ui/TopBar";
import "./policies.css";

function VersionSelect({
  label,
  policy,
  value,
  onChange,
}: {
  label: string;
  policy: Policy;
  value: number;
  onChange: (version: number) => void;
}) {
  const id = useId();
  return (
    <span className="row">
      <label htmlFor={id} className="faint">
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      >
        {policy.versions.map((v) => (
          <option key={v.id} value={v.version}>
            v{v.version}
          </option>
        ))}
      </select>
    </span>
  );
}

const values = (list: VersionDiff["manifest"]) =>
  list.map(({ path, before, after }) => ({
    path,
    before: (before ?? undefined) as Json | undefined,
    after: (after ?? undefined) as Json | undefined,
  }));

function Differences({ diff }: { diff: VersionDiff }) {
  const { imports, size } = diff;
  const none =
    diff.manifest.length + diff.settings_schema.length + imports.added.length === 0 &&
    imports.removed.length === 0 &&
    !diff.text;
  return (
    <>
      <Panel title="The component">
        <Facts>
          <Fact name="Size">
            {formatBytes(size.before)} → {formatBytes(size.after)}
          </Fact>
          <Fact name="New imports">
            {imports.added.length > 0 && <NameList names={imports.added} />}
          </Fact>
          <Fact name="No longer">
            {imports.removed.length > 0 && <NameList names={imports.removed} />}
          </Fact>
          {none && <Fact name="Else">what they say of themselves is the same</Fact>}
        </Facts>
      </Panel>
      {diff.manifest.length > 0 && (
        <Panel title="What it says of itself" flush>
          <ChangeTable changes={values(diff.manifest)} />
        </Panel>
      )}
      {diff.settings_schema.length > 0 && (
        <Panel title="Its settings" flush>
          <ChangeTable changes={values(diff.settings_schema)} />
        </Panel>
      )}
      {diff.text && (
        <Panel title="Text" flush>
          <TextDiff text={diff.text} />
        </Panel>
      )}
    </>
  );
}

function Compared({ policy, from, to }: { policy: Policy; from: number; to: number }) {
  const older = policy.versions.find((v) => v.version === from);
  const newer = policy.versions.find((v) => v.version === to);
  const query = useQuery({
    ...versionDiff(newer?.id ?? "", older?.id ?? ""),
    enabled: older !== undefined && newer !== undefined && older !== newer,
  });
  if (!older || !newer) return <Blank title="There is no such version." />;
  if (older === newer) return <Blank title="These are the same version." />;
  return (
    <QueryView query={query} lines={6}>
      {(diff) => <Differences diff={diff} />}
    </QueryView>
  );
}

/** Two versions of a policy beside each other. */
export function DiffPage() {
  const { policyId } = useParams({ from: "/shell/policies/$policyId/diff" });
  const search = useSearch({ from: "/shell/policies/$policyId/diff" });
  const navigate = useNavigate({ from: "/policies/$policyId/diff" });
  const query = useQuery(policyQuery(policyId));
  const to = search.to ?? query.data?.versions[0]?.version ?? 0;
  const from = search.from ?? query.data?.versions[1]?.version ?? to;
  const move = (next: { from?: number; to?: number }) =>
    void navigate({ search: { from, to, ...next }, replace: true });
  return (
    <>
      <TopBar
        title={`${query.data?.name ?? "Policy"}: v${from} → v${to}`}
        sub="What changed between two versions"
      >
        <Link to="/policies/$policyId" params={{ policyId }} className="btn">
          Back to the policy
        </Link>
      </TopBar>
      <QueryView query={query} lines={6}>
        {(policy) => (
          <>
            <div className="toolbar">
              <VersionSelect
                label="From"
                policy={policy}
                value={from}
                onChange={(version) => move({ from: version })}
              />
              <VersionSelect
                label="To"
                policy={policy}
                value={to}
                onChange={(version) => move({ to: version })}
              />
            </div>
            <Scroll className="scrolls" label="Differences">
              <div className="page">
                <Compared policy={policy} from={from} to={to} />
              </div>
            </Scroll>
          </>
        )}
      </QueryView>
    </>
  );
}
