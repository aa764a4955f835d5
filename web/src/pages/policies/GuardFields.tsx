import type { Guard } from "../../api/types";
import { TextField } from "../../ui/Field";

const FIELDS: { key: keyof Guard; label: string; help: string; max: number }[] = [
  { key: "max_failures", label: "Failures", help: "Traps and limits that are borne.", max: 1e6 },
  { key: "max_failure_percent", label: "Failures, %", help: "After 100 decisions.", max: 100 },
  {
    key: "max_denial_rise_percent",
    label: "More stopped, points",
    help: "Above what it replaces.",
    max: 100,
  },
  { key: "min_decisions", label: "Decisions first", help: "Before any is counted.", max: 1e9 },
];

interface Props {
  guard: Required<Guard>;
  onChange: (guard: Required<Guard>) => void;
}

/** Limits past which a canary is taken back on every edge without anybody asking. */
export function GuardFields({ guard, onChange }: Props) {
  return (
    <fieldset className="field">
      <legend>Take it back by itself above</legend>
      <div className="guard">
        {FIELDS.map(({ key, label, help, max }) => (
          <TextField
            key={key}
            label={label}
            help={help}
            type="number"
            required
            min={0}
            max={max}
            value={String(guard[key])}
            onChange={(text) => onChange({ ...guard, [key]: Math.max(0, Number(text)) })}
          />
        ))}
      </div>
    </fieldset>
  );
}
