import { useId } from "react";
import { sentence } from "../text/format";

interface Props<T extends string> {
  label: string;
  help?: string;
  error?: string;
  options: readonly { value: T; label?: string; help?: string }[];
  values: readonly T[];
  onChange: (values: T[]) => void;
}

/** Several of a few; kept in the order in which they are offered. */
export function ChoicesField<T extends string>({
  label,
  help,
  error,
  options,
  values,
  onChange,
}: Props<T>) {
  const id = useId();
  const set = (value: T, on: boolean) =>
    onChange(
      options.map((o) => o.value).filter((each) => (each === value ? on : values.includes(each))),
    );
  return (
    <fieldset className="field" aria-describedby={error || help ? `${id}-help` : undefined}>
      <legend>{label}</legend>
      <div className="choice-list">
        {options.map((option) => (
          <label key={option.value} className="check">
            <input
              type="checkbox"
              checked={values.includes(option.value)}
              onChange={(event) => set(option.value, event.target.checked)}
            />
            <span>
              {option.label ?? option.value}{" "}
              {option.help && <span className="faint">{option.help}</span>}
            </span>
          </label>
        ))}
      </div>
      {(help || error) && (
        <span className={error ? "error" : "help"} id={`${id}-help`}>
          {error ? sentence(error) : help}
        </span>
      )}
    </fieldset>
  );
}
