import { type ComponentProps, type ReactNode, useId } from "react";
import { sentence } from "../text/format";
import { Help } from "./Help";

interface FieldProps {
  label: string;
  help?: ReactNode;
  error?: string;
  children: (props: {
    id: string;
    "aria-describedby"?: string;
    "aria-invalid"?: boolean;
  }) => ReactNode;
}

/** A label, a control, its help and what is wrong with it, tied together for assistive technology. */
export function Field({ label, help, error, children }: FieldProps) {
  const id = useId();
  const describedBy = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        "aria-describedby": describedBy || undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {help && (
        <span className="help" id={`${id}-help`}>
          {typeof help === "string" ? <Help text={help} /> : help}
        </span>
      )}
      {error && (
        <span className="error" id={`${id}-error`}>
          {sentence(error)}
        </span>
      )}
    </div>
  );
}

type TextFieldProps = Omit<ComponentProps<"input">, "onChange" | "value"> & {
  label: string;
  help?: ReactNode;
  error?: string;
  value: string;
  onChange: (value: string) => void;
};

export function TextField({ label, help, error, value, onChange, ...rest }: TextFieldProps) {
  return (
    <Field label={label} help={help} error={error}>
      {(props) => (
        <input
          className="input"
          autoComplete="off"
          {...rest}
          {...props}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

interface SelectFieldProps<T extends string> {
  label: string;
  help?: ReactNode;
  error?: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

export function SelectField<T extends string>({
  label,
  help,
  error,
  value,
  options,
  onChange,
}: SelectFieldProps<T>) {
  return (
    <Field label={label} help={help} error={error}>
      {(props) => (
        <select
          className="input"
          {...props}
          value={value}
          onChange={(event) => onChange(event.target.value as T)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
