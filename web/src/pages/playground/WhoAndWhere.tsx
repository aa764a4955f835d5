import { useQuery } from "@tanstack/react-query";
import { principals } from "../../api/queries";
import type { DefaultVerdict, PrincipalKind, TargetView } from "../../api/types";
import { ChipsField, LabelsField } from "../../ui/Chips";
import { SelectField, TextField } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import type { Draft } from "./state";

const KINDS: { value: PrincipalKind; label: string }[] = [
  { value: "agent", label: "agent" },
  { value: "human", label: "human" },
  { value: "service", label: "service" },
];
const DEFAULTS: { value: DefaultVerdict; label: string }[] = [
  { value: "deny", label: "deny" },
  { value: "allow", label: "allow" },
];

interface Props {
  draft: Draft;
  targets: TargetView[];
  onChange: (change: Partial<Draft>) => void;
}

/** The principal and the target: taken from those there are, or made up. */
export function WhoAndWhere({ draft, targets, onChange }: Props) {
  const known = useQuery(principals()).data ?? [];
  const { principal, target } = draft;
  const who = (change: Partial<Draft["principal"]>) =>
    onChange({ principal: { ...principal, ...change } });
  const where = (change: Partial<Draft["target"]>) =>
    onChange({ target: { ...target, ...change } });
  const take = (name: string) => {
    const found = known.find((p) => p.name === name);
    if (!found) return who({ name });
    who({
      name,
      kind: found.kind,
      groups: found.groups ?? [],
      claims: found.claims ?? {},
      on_behalf_of: found.on_behalf_of ?? "",
    });
  };
  const aim = (name: string) => {
    const found = targets.find((t) => t.name === name);
    if (!found) return where({ name });
    const { labels = {}, default_verdict = "deny", kind } = found;
    where({ name, kind, labels, default_verdict });
  };
  return (
    <Panel title="Who and where">
      <div className="two">
        <div className="form">
          <TextField
            label="Principal"
            help="A known one brings its groups."
            list="playground-principals"
            value={principal.name}
            onChange={take}
          />
          <datalist id="playground-principals">
            {known.map((p) => (
              <option key={p.id} value={p.name} />
            ))}
          </datalist>
          <SelectField
            label="Kind"
            value={principal.kind}
            options={KINDS}
            onChange={(kind) => who({ kind })}
          />
          <ChipsField
            label="Groups"
            values={principal.groups}
            onChange={(groups) => who({ groups })}
            placeholder="none"
          />
          <LabelsField
            label="Claims"
            labels={principal.claims}
            onChange={(claims) => who({ claims })}
            placeholder="none; or env=staging"
          />
          <TextField
            label="On behalf of"
            value={principal.on_behalf_of}
            onChange={(on_behalf_of) => who({ on_behalf_of })}
          />
        </div>
        <div className="form">
          <TextField
            label="Target"
            help="A known one brings its labels."
            list="playground-targets"
            value={target.name}
            onChange={aim}
          />
          <datalist id="playground-targets">
            {targets.map((t) => (
              <option key={t.id} value={t.name} />
            ))}
          </datalist>
          <LabelsField
            label="Labels"
            labels={target.labels}
            onChange={(labels) => where({ labels })}
            placeholder="none; or env=production"
          />
          <SelectField
            label="When every policy abstains"
            value={target.default_verdict}
            options={DEFAULTS}
            onChange={(default_verdict) => where({ default_verdict })}
          />
        </div>
      </div>
    </Panel>
  );
}
