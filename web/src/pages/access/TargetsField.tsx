import { useId, useState } from "react";
import type { Labels } from "../../api/types";
import { sentence } from "../../text/format";
import { LabelList } from "../../ui/LabelList";

export interface TargetChoice {
  name: string;
  kind?: string;
  labels?: Labels;
}

interface Props {
  targets: TargetChoice[];
  chosen: string[];
  error?: string;
  onChange: (chosen: string[]) => void;
}

/** More than this many are searched rather than looked through. */
const MANY = 6;

const matches = (target: TargetChoice, wanted: string) =>
  [target.name, ...Object.entries(target.labels ?? {}).map(([k, v]) => `${k}=${v}`)]
    .join("\n")
    .toLowerCase()
    .includes(wanted);

/** The targets that access is asked for; what is chosen stays in sight whatever is searched. */
export function TargetsField({ targets, chosen, error, onChange }: Props) {
  const id = useId();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const shown = targets.filter((t) => chosen.includes(t.name) || matches(t, wanted));
  const toggle = (name: string, on: boolean) =>
    onChange(on ? [...chosen, name] : chosen.filter((each) => each !== name));
  return (
    <fieldset className="field" aria-describedby={error ? `${id}-error` : undefined}>
      <legend>Targets</legend>
      {targets.length > MANY && (
        <input
          className="input"
          type="search"
          aria-label="Search targets"
          placeholder="Search names, labels"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            // It narrows the list; it is not the form's answer.
            if (event.key === "Enter") event.preventDefault();
          }}
        />
      )}
      <div className="target-list">
        {shown.length === 0 && <span className="muted">No target matches.</span>}
        {shown.map((target) => (
          <label key={target.name} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(target.name)}
              onChange={(event) => toggle(target.name, event.target.checked)}
            />
            <span className="break">{target.name}</span>
            <LabelList labels={target.labels} none="" />
          </label>
        ))}
      </div>
      {error && (
        <span className="error" id={`${id}-error`}>
          {sentence(error)}
        </span>
      )}
    </fieldset>
  );
}
