import { sentence } from "../text/format";
import { Button } from "../ui/Button";
import { Help } from "../ui/Help";
import { type Json, type Option, singular } from "./node";
import { type FieldPropsOf, SchemaField, UNSET } from "./SchemaField";
import { initialValue, pointerTo, same } from "./value";

type Props = FieldPropsOf<"list"> & { values: Json[] };

/** A list of known values, as boxes to tick; kept in the order of the schema. */
export function ChoicesField({
  label,
  node,
  pointer,
  errors,
  values,
  options,
  onChange,
}: Props & { options: Option[] }) {
  const error = errors.get(pointer);
  const has = (option: Option) => values.some((value) => same(value, option.value));
  const toggle = (option: Option) => {
    const chosen = options.filter((each) => (each === option ? !has(each) : has(each)));
    onChange(chosen.map((each) => each.value));
  };
  return (
    <fieldset className="field">
      <legend>{label}</legend>
      <div className="choices">
        {options.map((option) => (
          <label key={option.label} className="check">
            <input type="checkbox" checked={has(option)} onChange={() => toggle(option)} />
            <span>
              {option.label}
              {option.help && <span className="faint"> {option.help}</span>}
            </span>
          </label>
        ))}
      </div>
      {node.help && (
        <span className="help">
          <Help text={node.help} />
        </span>
      )}
      {error && <span className="error">{error}</span>}
    </fieldset>
  );
}

/** A list of anything else: one form an item. */
export function ObjectsField({ label, node, value, pointer, errors, values, onChange }: Props) {
  const unset = value === undefined && node.default === undefined;
  const error = errors.get(pointer);
  const name = node.item.title?.toLowerCase() ?? singular(label);
  return (
    <fieldset className="field">
      <legend>{label}</legend>
      {node.help && (
        <span className="help">
          <Help text={node.help} />
        </span>
      )}
      <div className="items">
        {values.map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an item is known by its place
          <div key={index} className="item">
            <SchemaField
              label={sentence(`${name} ${index + 1}`)}
              node={node.item}
              value={value}
              pointer={pointerTo(pointer, index)}
              errors={errors}
              onChange={(inner) =>
                onChange(values.map((v, i) => (i === index ? (inner ?? null) : v)))
              }
            />
            <Button
              small
              aria-label={`Remove ${name} ${index + 1}`}
              onClick={() => onChange(values.filter((_, i) => i !== index))}
            >
              Remove
            </Button>
          </div>
        ))}
        {values.length === 0 && <span className="faint">{unset ? sentence(UNSET) : "None"}.</span>}
        <div>
          <Button small onClick={() => onChange([...values, initialValue(node.item)])}>
            Add {name}
          </Button>
        </div>
      </div>
      {error && <span className="error">{error}</span>}
    </fieldset>
  );
}
