import { Help } from "../ui/Help";
import { humanize, isObject, type Node } from "./node";
import { type FieldPropsOf, SchemaField } from "./SchemaField";
import { pointerTo, presentValue, withKey } from "./value";

const FLAT: Node["kind"][] = ["string", "number", "choice"];

type Props = FieldPropsOf<"object">;

function Fields({ node, value, pointer, errors, onChange }: Omit<Props, "label">) {
  const object = isObject(value) ? value : {};
  return node.fields.map((field) => (
    <SchemaField
      key={field.key}
      label={field.node.title ?? humanize(field.key)}
      node={field.node}
      value={object[field.key]}
      pointer={pointerTo(pointer, field.key)}
      errors={errors}
      optional={!field.required}
      onChange={(inner) => onChange(withKey(object, field.key, inner))}
    />
  ));
}

/** The fields of an object; one that may be absent has a box to tick first. */
export function ObjectField(props: Props) {
  const { label, node, value, pointer, errors, onChange, optional } = props;
  // The settings themselves need no frame around them.
  if (pointer === "") {
    return (
      <div className="form">
        <Fields {...props} />
      </div>
    );
  }
  const mayBeAbsent = node.nullable || (optional && node.default === undefined);
  const absent = mayBeAbsent && !isObject(value ?? node.default);
  const flat = node.fields.every((field) => FLAT.includes(field.node.kind));
  const error = errors.get(pointer);
  return (
    <fieldset className={flat ? "field flat" : "field"}>
      <legend className={mayBeAbsent ? "sr-only" : undefined}>{label}</legend>
      {mayBeAbsent && (
        <label className="check">
          <input
            type="checkbox"
            checked={!absent}
            onChange={(event) => {
              if (event.target.checked) onChange(presentValue(node));
              else onChange(node.nullable ? null : undefined);
            }}
          />
          {label}
        </label>
      )}
      {node.help && (
        <span className="help">
          <Help text={node.help} />
        </span>
      )}
      {!absent && (
        <div className="nest">
          <Fields {...props} value={value ?? node.default} />
        </div>
      )}
      {error && <span className="error">{error}</span>}
    </fieldset>
  );
}
