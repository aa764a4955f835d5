import { useMemo, useState } from "react";
import { JsonField } from "./JsonField";
import { type Json, readSchema } from "./node";
import { SchemaField } from "./SchemaField";
import { type Complaint, check } from "./value";

interface Props {
  schema: Json | undefined;
  value: Json;
  onChange: (value: Json) => void;
  /** What is wrong with it, here or in the server's words. */
  complaints: Complaint[];
  /** The JSON being typed is none, so that `value` is older than what is on the screen. */
  onBroken: (broken: boolean) => void;
}

/** What this browser finds wrong with `value`. */
export function useComplaints(schema: Json | undefined, value: Json): Complaint[] {
  const node = useMemo(() => readSchema(schema), [schema]);
  return useMemo(() => check(node, value), [node, value]);
}

/** A form for a policy's settings, made from their JSON Schema; or the same as JSON. */
export function SettingsForm({ schema, value, onChange, complaints, onBroken }: Props) {
  const node = useMemo(() => readSchema(schema), [schema]);
  const [raw, setRaw] = useState(false);
  const errors = useMemo(
    () => new Map(complaints.map((c) => [c.pointer, c.message])),
    [complaints],
  );
  const show = (asJson: boolean) => {
    onBroken(false);
    setRaw(asJson);
  };
  return (
    <div className="form">
      <div className="tabs" role="group" aria-label="How to edit">
        <button type="button" aria-pressed={!raw} onClick={() => show(false)}>
          Form
        </button>
        <button type="button" aria-pressed={raw} onClick={() => show(true)}>
          JSON
        </button>
      </div>
      {raw ? (
        <>
          <JsonField
            label="Settings as JSON"
            value={value}
            pointer=""
            errors={errors}
            rows={16}
            onChange={(next) => onChange(next ?? {})}
            onBroken={onBroken}
          />
          {complaints.length > 0 && (
            <ul className="error">
              {complaints.map((each) => (
                <li key={each.pointer + each.message}>
                  <code>{each.pointer || "/"}</code> {each.message}
                </li>
              ))}
            </ul>
          )}
        </>
      ) : (
        <SchemaField
          label="Settings"
          node={node}
          value={value}
          pointer=""
          errors={errors}
          onChange={(next) => onChange(next ?? {})}
        />
      )}
    </div>
  );
}
