import type { PrincipalKind, Selector } from "../../api/types";
import { KIND_WORD, TARGET_KINDS } from "../../text/targets";
import { ChipsField, LabelsField } from "../../ui/Chips";

const KINDS: PrincipalKind[] = ["agent", "human", "service"];

interface Props {
  selector: Selector;
  onChange: (selector: Selector) => void;
  /** Unfolded from the start. */
  open: boolean;
}

interface KindsProps<T extends string> {
  legend: string;
  options: { value: T; label: string }[];
  values: T[];
  onChange: (values: T[]) => void;
}

function KindsField<T extends string>({ legend, options, values, onChange }: KindsProps<T>) {
  return (
    <fieldset className="field">
      <legend>{legend}</legend>
      <div className="choices">
        {options.map(({ value, label }) => (
          <label key={value} className="check">
            <input
              type="checkbox"
              checked={values.includes(value)}
              onChange={(event) =>
                onChange(
                  event.target.checked ? [...values, value] : values.filter((v) => v !== value),
                )
              }
            />
            {label}
          </label>
        ))}
      </div>
      <span className="help">None ticked: every kind.</span>
    </fieldset>
  );
}

/** Which principals and targets a binding covers; what is empty restricts nothing. */
export function SelectorForm({ selector, onChange, open }: Props) {
  const { principals = {}, targets = {} } = selector;
  const who = (change: Partial<typeof principals>) =>
    onChange({ ...selector, principals: { ...principals, ...change } });
  const where = (change: Partial<typeof targets>) =>
    onChange({ ...selector, targets: { ...targets, ...change } });
  return (
    <details className="selector" open={open || undefined}>
      <summary>Covers</summary>
      <div className="form nest">
        <LabelsField
          label="Targets with labels"
          help="All of them must match; * takes any value."
          placeholder="every target; or env=production"
          labels={targets.labels ?? {}}
          onChange={(labels) => where({ labels })}
        />
        <ChipsField
          label="Targets by name"
          placeholder="any name"
          values={targets.names ?? []}
          onChange={(names) => where({ names })}
        />
        <KindsField
          legend="Targets of kind"
          options={TARGET_KINDS.map((value) => ({ value, label: KIND_WORD[value] }))}
          values={targets.kinds ?? []}
          onChange={(kinds) => where({ kinds })}
        />
        <KindsField
          legend="Principals of kind"
          options={KINDS.map((value) => ({ value, label: value }))}
          values={principals.kinds ?? []}
          onChange={(kinds) => who({ kinds })}
        />
        <ChipsField
          label="Principals by name"
          placeholder="any name"
          values={principals.names ?? []}
          onChange={(names) => who({ names })}
        />
        <ChipsField
          label="Principals in a group"
          placeholder="any group"
          values={principals.groups ?? []}
          onChange={(groups) => who({ groups })}
        />
      </div>
    </details>
  );
}
