import { ChipsField } from "../ui/Chips";
import { SelectField, TextField } from "../ui/Field";
import { Help } from "../ui/Help";
import { JsonField } from "./JsonField";
import { ChoicesField, ObjectsField } from "./ListFields";
import { MapField } from "./MapField";
import { NumberField } from "./NumberField";
import type { Json, Node } from "./node";
import { ObjectField } from "./ObjectField";
import { VariantField } from "./VariantField";
import { pointerTo } from "./value";

export interface FieldProps {
  label: string;
  node: Node;
  /** Undefined: absent, so that the schema's default holds. */
  value: Json | undefined;
  pointer: string;
  /** What is wrong, by JSON pointer. */
  errors: ReadonlyMap<string, string>;
  /** Undefined takes the value away; only asked of what may be absent. */
  onChange: (value: Json | undefined) => void;
  optional?: boolean;
}

/** What an absent value means, where the schema does not say its default. */
export const UNSET = "not set: the policy's own default";

type Of<K extends Node["kind"]> = Omit<FieldProps, "node"> & { node: Extract<Node, { kind: K }> };

export type { Of as FieldPropsOf };

function StringField({ label, node, value, pointer, errors, onChange, optional }: Of<"string">) {
  const shown = value ?? node.default;
  const empty = node.nullable ? null : undefined;
  return (
    <TextField
      label={label}
      help={node.help}
      error={errors.get(pointer)}
      className="input code"
      value={typeof shown === "string" ? shown : ""}
      onChange={(text) => onChange(text === "" && (optional || node.nullable) ? empty : text)}
    />
  );
}

function BooleanField({ label, node, value, pointer, errors, onChange }: Of<"boolean">) {
  const error = errors.get(pointer);
  return (
    <div className="field">
      <label className="check">
        <input
          type="checkbox"
          checked={(value ?? node.default) === true}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>
          {label}
          {node.help && (
            <span className="faint">
              {" "}
              <Help text={node.help} />
            </span>
          )}
        </span>
      </label>
      {error && <span className="error">{error}</span>}
    </div>
  );
}

function ChoiceField({ label, node, value, pointer, errors, onChange, optional }: Of<"choice">) {
  const shown = value ?? node.default ?? null;
  const index = node.options.findIndex((o) => JSON.stringify(o.value) === JSON.stringify(shown));
  const none = optional || node.nullable || index < 0;
  return (
    <SelectField
      label={label}
      help={node.options[index]?.help ?? node.help}
      error={errors.get(pointer)}
      value={String(index)}
      options={[
        ...(none ? [{ value: "-1", label: UNSET }] : []),
        ...node.options.map((option, i) => ({ value: String(i), label: option.label })),
      ]}
      onChange={(chosen) => {
        const option = node.options[Number(chosen)];
        onChange(option ? option.value : node.nullable ? null : undefined);
      }}
    />
  );
}

function ListField(props: Of<"list">) {
  const { label, node, value, pointer, errors, onChange } = props;
  const shown = value ?? node.default;
  const values = Array.isArray(shown) ? shown : [];
  if (node.item.kind === "choice") {
    return <ChoicesField {...props} values={values} options={node.item.options} />;
  }
  if (node.item.kind === "string" && values.every((v) => typeof v === "string")) {
    const inner = values.map((_, i) => errors.get(pointerTo(pointer, i))).find(Boolean);
    return (
      <ChipsField
        label={label}
        help={node.help}
        error={errors.get(pointer) ?? inner}
        values={values}
        placeholder={value === undefined && node.default === undefined ? UNSET : "none"}
        onChange={onChange}
      />
    );
  }
  return <ObjectsField {...props} values={values} />;
}

/** One value of the settings, in the control that fits its schema. */
export function SchemaField(props: FieldProps) {
  const { node } = props;
  switch (node.kind) {
    case "string":
      return <StringField {...props} node={node} />;
    case "number":
      return <NumberField {...props} node={node} />;
    case "boolean":
      return <BooleanField {...props} node={node} />;
    case "choice":
      return <ChoiceField {...props} node={node} />;
    case "list":
      return <ListField {...props} node={node} />;
    case "map":
      return <MapField {...props} node={node} />;
    case "object":
      return <ObjectField {...props} node={node} />;
    case "variant":
      return <VariantField {...props} node={node} />;
    default:
      return <JsonField {...props} />;
  }
}
