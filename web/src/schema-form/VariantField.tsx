import { SelectField } from "../ui/Field";
import { type FieldPropsOf, SchemaField, UNSET } from "./SchemaField";
import { variantIndex, variantValue } from "./value";

/** One of several shapes: which, and then its own form. */
export function VariantField(props: FieldPropsOf<"variant">) {
  const { label, node, value, pointer, errors, onChange, optional } = props;
  const shown = value ?? node.default ?? null;
  const index = variantIndex(node.variants, shown);
  const variant = node.variants[index];
  const none = optional || node.nullable || index < 0;
  return (
    <div className="field">
      <SelectField
        label={label}
        help={variant?.help ?? node.help}
        error={variant?.node ? undefined : errors.get(pointer)}
        value={String(index)}
        options={[
          ...(none ? [{ value: "-1", label: UNSET }] : []),
          ...node.variants.map((each, i) => ({ value: String(i), label: each.label })),
        ]}
        onChange={(chosen) => {
          const next = node.variants[Number(chosen)];
          onChange(next ? variantValue(next) : node.nullable ? null : undefined);
        }}
      />
      {variant?.node && (
        <SchemaField
          label={variant.label}
          node={variant.node}
          value={shown}
          pointer={pointer}
          errors={errors}
          onChange={onChange}
        />
      )}
    </div>
  );
}
