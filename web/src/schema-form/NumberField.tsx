import { useState } from "react";
import { TextField } from "../ui/Field";
import type { FieldPropsOf } from "./SchemaField";

/** Keeps what is typed while it is no number yet; the form then holds the text, which `check`
 * refuses, so that half a number is never saved. */
export function NumberField({
  label,
  node,
  value,
  pointer,
  errors,
  onChange,
  optional,
}: FieldPropsOf<"number">) {
  const shown = value ?? node.default;
  const [typed, setTyped] = useState<string>();
  const text = typed ?? (shown === undefined || shown === null ? "" : String(shown));
  const change = (next: string) => {
    setTyped(next);
    const trimmed = next.trim();
    if (trimmed === "" && (optional || node.nullable)) onChange(node.nullable ? null : undefined);
    else if (trimmed !== "" && Number.isFinite(Number(trimmed))) onChange(Number(trimmed));
    else onChange(next);
  };
  return (
    <TextField
      label={label}
      help={node.help}
      error={errors.get(pointer)}
      className="input code"
      inputMode={node.integer ? "numeric" : "decimal"}
      value={text}
      onChange={change}
      onBlur={() => setTyped(undefined)}
    />
  );
}
