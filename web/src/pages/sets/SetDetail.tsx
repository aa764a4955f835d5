import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { PolicyChange, PolicySet, SetBinding } from "../../api/types";
import { useCan } from "../../shell/can";
import { formatMoment, plural } from "../../text/format";
import { Button } from "../../ui/Button";
import { NameList } from "../../ui/LabelList";
import { Panel } from "../../ui/Panel";
import { StagePill } from "../../ui/Pill";
import { ReasonedChangeDialog } from "../changes/ReasonedChangeDialog";
import { Covers } from "../policies/Bindings";
import { Differences } from "./Differences";
import { diffRest, diffSets } from "./setDiff";

const WORDS = { added: "comes back", removed: "goes", changed: "changes" };

function Bindings({ bindings }: { bindings: SetBinding[] }) {
  if (bindings.length === 0) return <p className="in muted">Nothing is bound in it.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Stage</th>
          <th>Policy</th>
          <th>Covers</th>
        </tr>
      </thead>
      <tbody>
        {bindings.map((binding) => (
          <tr key={binding.id}>
            <td>
              <StagePill stage={binding.stage} percent={binding.canary_percent} />
            </td>
            <td>
              <Link to="/policies/$policyId" params={{ policyId: binding.policy_id }}>
                {binding.policy}
              </Link>{" "}
              <span className="faint">v{binding.version}</span>
            </td>
            <td>
              <Covers selector={binding.selector} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RestoreDialog({
  set,
  differences,
  onDone,
  onClose,
}: {
  set: PolicySet;
  differences: number;
  onDone: (change: PolicyChange) => void;
  onClose: () => void;
}) {
  return (
    <ReasonedChangeDialog
      title={`Restore set ${set.revision}?`}
      action="Restore"
      propose={(comment) =>
        ok(
          client.POST("/api/v1/policy_sets/{revision}/restore", {
            params: { path: { revision: set.revision } },
            body: { comment },
          }),
        )
      }
      onDone={onDone}
      onClose={onClose}
    >
      {plural(differences, "thing")} {differences === 1 ? "changes" : "change"}, on every edge at
      once. It becomes a new set; this one stays in the history.
    </ReasonedChangeDialog>
  );
}

interface Props {
  set: PolicySet;
  current: PolicySet;
  onRestored: (change: PolicyChange) => void;
}

export function SetDetail({ set, current, onRestored }: Props) {
  const may = useCan().author;
  const [asking, setAsking] = useState(false);
  const isCurrent = set.revision === current.revision;
  const differences = diffSets(current.bindings, set.bindings);
  const rest = diffRest(current, set);
  return (
    <>
      {!isCurrent && (
        <Panel
          title={`What restoring set ${set.revision} would change`}
          aside={`against set ${current.revision}, which runs now`}
          flush
        >
          {differences.length + rest.length === 0 ? (
            <p className="in muted">Nothing. Its bindings are the ones that run now.</p>
          ) : (
            <Differences bindings={differences} rest={rest} words={WORDS} />
          )}
          {may && differences.length + rest.length > 0 && (
            <p className="in">
              <Button tone="no" onClick={() => setAsking(true)}>
                Restore set {set.revision}…
              </Button>
            </p>
          )}
        </Panel>
      )}
      <Panel title={`Bound in set ${set.revision}`} aside={formatMoment(new Date(set.at))} flush>
        <Bindings bindings={set.bindings} />
        {set.documents.length > 0 && (
          <p className="in">
            <span className="faint">Documents </span>
            <NameList names={set.documents.map((d) => `${d.name} v${d.version}`)} />
          </p>
        )}
      </Panel>
      {asking && (
        <RestoreDialog
          set={set}
          differences={differences.length + rest.length}
          onDone={(change) => {
            setAsking(false);
            onRestored(change);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
