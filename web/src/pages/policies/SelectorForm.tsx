import type { PrincipalKind, Selector } from "../../api/types";
import { ChipsField, LabelsField } from "../../ui/Chips";

const KINDS: PrincipalKind[] = ["agent", "human", "service"];

interface Props {
  selector: Selector;
  onChange: (selector: Selector) => void;
  /** Unfolded from the start. */
  open: boolean;
}

/** Which principals and targets a binding covers; what is empty restricts nothing. */
export function SelectorForm({ selector, onChange, open }: Props) {
  const { principals = {}, targets = {} } = selector;
  const who = (change: Partial<typeof principals>) =>
    onChange({ ...selector, principals: { ...principals, ...change } });
  const where = (change: Partial<typeof targets>) =>
    onChange({ ...selector, targets: { ...targets, ...change } });
  const kinds = principals.kinds ?? [];
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
        <fieldset className="field">
          <legend>Principals of kind</legend>
          <div className="choices">
            {KINDS.map((kind) => (
              <label key={kind} className="check">
                <input
                  type="checkbox"
                  checked={kinds.includes(kind)}
                  onChange={(event) =>
                    who({
                      kinds: event.target.checked
                        ? [...kinds, kind]
                        : kinds.filter((k) => k !== kind),
                    })
                  }
                />
                {kind}
              </label>
            ))}
          </div>
          <span className="help">None ticked: every kind.</span>
        </fieldset>
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
