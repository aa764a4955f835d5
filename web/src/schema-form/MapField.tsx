import { useState } from "react";
import { Button } from "../ui/Button";
import { LabelsField } from "../ui/Chips";
import { Help } from "../ui/Help";
import { isObject } from "./node";
import { type FieldPropsOf, SchemaField, UNSET } from "./SchemaField";
import { initialValue, pointerTo, withKey } from "./value";

/** Names with values: chips when the values are texts, else a form a name. */
export function MapField({ label, node, value, pointer, errors, onChange }: FieldPropsOf<"map">) {
  const [name, setName] = useState("");
  const shown = value ?? node.default;
  const map = isObject(shown) ? shown : {};
  const error = errors.get(pointer);
  const inner = node.value;
  const texts = Object.entries(map).filter((e): e is [string, string] => typeof e[1] === "string");
  if (inner.kind === "string" && texts.length === Object.keys(map).length) {
    return (
      <LabelsField
        label={label}
        help={node.help}
        error={error}
        labels={Object.fromEntries(texts)}
        placeholder={
          value === undefined && node.default === undefined ? UNSET : "none; or key=value"
        }
        onChange={onChange}
      />
    );
  }
  const add = () => {
    if (name.trim() && !(name.trim() in map))
      onChange(withKey(map, name.trim(), initialValue(inner)));
    setName("");
  };
  return (
    <fieldset className="field">
      <legend>{label}</legend>
      {node.help && (
        <span className="help">
          <Help text={node.help} />
        </span>
      )}
      <div className="items">
        {Object.entries(map).map(([key, each]) => (
          <div key={key} className="item">
            <SchemaField
              label={key}
              node={inner}
              value={each}
              pointer={pointerTo(pointer, key)}
              errors={errors}
              onChange={(next) => onChange(withKey(map, key, next ?? null))}
            />
            <Button
              small
              aria-label={`Remove ${key}`}
              onClick={() => onChange(withKey(map, key, undefined))}
            >
              Remove
            </Button>
          </div>
        ))}
        <div className="item">
          <input
            className="input code"
            aria-label={`${label}: new name`}
            placeholder="name"
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              add();
            }}
          />
          <Button small onClick={add}>
            Add
          </Button>
        </div>
      </div>
      {error && <span className="error">{error}</span>}
    </fieldset>
  );
}
