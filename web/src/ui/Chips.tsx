import { useState } from "react";
import { Field } from "./Field";

interface Props {
  label: string;
  help?: string;
  error?: string;
  values: string[];
  onChange: (values: string[]) => void;
  placeholder?: string;
  /** What is wrong with a value that is being added. */
  refuse?: (value: string) => string | undefined;
}

/** A list of short texts: Enter or a comma adds one, Backspace takes the last one back. */
export function ChipsField({ label, help, error, values, onChange, placeholder, refuse }: Props) {
  const [draft, setDraft] = useState("");
  const [refused, setRefused] = useState<string>();
  const add = (text: string) => {
    const value = text.trim();
    if (!value) return;
    const wrong = refuse?.(value);
    setRefused(wrong);
    if (wrong) return;
    if (!values.includes(value)) onChange([...values, value]);
    setDraft("");
  };
  return (
    <Field label={label} help={help} error={refused ?? error}>
      {(props) => (
        <div className="chips">
          {values.map((value) => (
            <span key={value} className="chip">
              {value}
              <button
                type="button"
                aria-label={`Remove ${value}`}
                onClick={() => onChange(values.filter((v) => v !== value))}
              >
                ×
              </button>
            </span>
          ))}
          <input
            {...props}
            value={draft}
            placeholder={values.length === 0 ? placeholder : undefined}
            onChange={(event) => {
              setDraft(event.target.value);
              setRefused(undefined);
            }}
            onBlur={() => add(draft)}
            onKeyDown={(event) => {
              if (event.key === "Enter" || event.key === ",") {
                event.preventDefault();
                add(draft);
              } else if (event.key === "Backspace" && draft === "") {
                onChange(values.slice(0, -1));
              }
            }}
          />
        </div>
      )}
    </Field>
  );
}

type LabelsProps = Omit<Props, "values" | "onChange" | "refuse"> & {
  labels: Record<string, string>;
  onChange: (labels: Record<string, string>) => void;
};

/** Labels as `key=value` chips; a key that comes again replaces the one before. */
export function LabelsField({ labels, onChange, ...rest }: LabelsProps) {
  return (
    <ChipsField
      {...rest}
      values={Object.entries(labels).map(([key, value]) => `${key}=${value}`)}
      refuse={(text) => (/^[^=\s]+=.+$/.test(text) ? undefined : "Write it as key=value.")}
      onChange={(values) =>
        onChange(
          Object.fromEntries(
            values.map((text) => [
              text.slice(0, text.indexOf("=")),
              text.slice(text.indexOf("=") + 1),
            ]),
          ),
        )
      }
    />
  );
}
