import { useState } from "react";
import { Field } from "../ui/Field";
import type { Json } from "./node";

interface Props {
  label: string;
  node?: { help?: string };
  value: Json | undefined;
  pointer: string;
  errors: ReadonlyMap<string, string>;
  onChange: (value: Json | undefined) => void;
  rows?: number;
  onBroken?: (broken: boolean) => void;
}

/** A value as JSON text. Text that is no JSON changes nothing and says so. */
export function JsonField({
  label,
  node,
  value,
  pointer,
  errors,
  onChange,
  rows = 4,
  onBroken,
}: Props) {
  const [typed, setTyped] = useState<string>();
  const [broken, setBroken] = useState<string>();
  const change = (text: string) => {
    setTyped(text);
    try {
      onChange(text.trim() === "" ? undefined : (JSON.parse(text) as Json));
      setBroken(undefined);
      onBroken?.(false);
    } catch (error) {
      setBroken(error instanceof Error ? error.message : "This is not JSON.");
      onBroken?.(true);
    }
  };
  return (
    <Field label={label} help={node?.help} error={broken ?? errors.get(pointer)}>
      {(props) => (
        <textarea
          {...props}
          className="input code"
          rows={rows}
          spellCheck={false}
          value={typed ?? (value === undefined ? "" : JSON.stringify(value, null, 2))}
          onChange={(event) => change(event.target.value)}
          onBlur={() => {
            if (!broken) setTyped(undefined);
          }}
        />
      )}
    </Field>
  );
}
