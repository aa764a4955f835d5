import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { policyVersion } from "../../api/queries";
import type { Policy } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { SettingsForm, useComplaints } from "../../schema-form/SettingsForm";
import type { Complaint } from "../../schema-form/value";
import { SelectField } from "../../ui/Field";

export interface Chosen {
  policy_version_id: string;
  settings: Json;
}

interface Props {
  policy: Policy;
  value: Chosen;
  onChange: (value: Chosen) => void;
  onValid: (valid: boolean) => void;
  /** The server's, under the form's pointers. */
  complaints?: Complaint[];
}

/** One version of a policy with settings to try. */
export function VersionSettings({ policy, value, onChange, onValid, complaints = [] }: Props) {
  const version = useQuery(policyVersion(value.policy_version_id));
  const schema = (version.data?.manifest ?? policy.manifest).settings_schema as Json;
  const own = useComplaints(schema, value.settings);
  const [broken, setBroken] = useState(false);
  const valid = own.length === 0 && !broken;
  useEffect(() => onValid(valid), [valid, onValid]);
  return (
    <>
      <SelectField
        label="Version"
        value={value.policy_version_id}
        options={policy.versions.map((v) => ({
          value: v.id,
          label: `v${v.version}, ${v.author_version}`,
        }))}
        onChange={(policy_version_id) => onChange({ ...value, policy_version_id })}
      />
      <SettingsForm
        schema={schema}
        value={value.settings}
        onChange={(settings) => onChange({ ...value, settings })}
        complaints={[...complaints, ...own]}
        onBroken={setBroken}
      />
    </>
  );
}
