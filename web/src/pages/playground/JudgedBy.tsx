import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useId, useState } from "react";
import { policy as policyQuery, policyVersion } from "../../api/queries";
import type { Policy, PolicySummary } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { readSchema } from "../../schema-form/node";
import { initialValue } from "../../schema-form/value";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { QueryView } from "../../ui/States";
import { VersionSettings } from "../policies/VersionSettings";
import type { Chosen, Draft } from "./state";

interface ItemProps {
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  onRemove: () => void;
  onValid: (valid: boolean) => void;
}

function Item({ chosen, onChange, onRemove, onValid }: ItemProps) {
  const version = useQuery(policyVersion(chosen.policy_version_id));
  const policy = useQuery({
    ...policyQuery(version.data?.policy_id ?? ""),
    enabled: version.data !== undefined,
  });
  return (
    <QueryView query={policy} lines={3}>
      {(loaded: Policy) => (
        <details className="chosen" open>
          <summary>
            <b>{loaded.name}</b> <span className="faint">v{version.data?.version}</span>
          </summary>
          <div className="form nest">
            <VersionSettings policy={loaded} value={chosen} onChange={onChange} onValid={onValid} />
            <div>
              <Button small onClick={onRemove}>
                Leave {loaded.name} out
              </Button>
            </div>
          </div>
        </details>
      )}
    </QueryView>
  );
}

interface Props {
  draft: Draft;
  policies: PolicySummary[];
  onChange: (bindings: Draft["bindings"]) => void;
  onValid: (valid: boolean) => void;
}

/** What judges: everything that is bound now, or chosen versions with settings to try. */
export function JudgedBy({ draft, policies, onChange, onValid }: Props) {
  const { bindings } = draft;
  const own = bindings !== "current";
  const list = own ? bindings : [];
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set());
  const [adding, setAdding] = useState<string>();
  const added = useQuery({ ...policyQuery(adding ?? ""), enabled: adding !== undefined });
  const selectId = useId();
  const mark = useCallback((id: string, valid: boolean) => {
    setWrong((before) => {
      if (before.has(id) !== valid) return before;
      const next = new Set(before);
      if (valid) next.delete(id);
      else next.add(id);
      return next;
    });
  }, []);
  const invalid = list.some((each) => wrong.has(each.policy_version_id));
  useEffect(() => onValid(!invalid), [invalid, onValid]);

  // The policy that was picked has come: its newest version, with the settings that are bound.
  useEffect(() => {
    if (!added.data || adding !== added.data.id) return;
    setAdding(undefined);
    const { versions, bindings: bound, manifest } = added.data;
    const settings =
      (bound.find((b) => b.stage === "enforced") ?? bound[0])?.settings ??
      initialValue(readSchema(manifest.settings_schema as Json));
    const chosen = { policy_version_id: versions[0]?.id ?? "", settings: settings as Json };
    onChange([...list.filter((c) => c.policy_version_id !== chosen.policy_version_id), chosen]);
  }, [added.data, adding, list, onChange]);

  return (
    <Panel
      title="Judged by"
      aside={
        <span className="tabs" role="group" aria-label="What judges">
          <button type="button" aria-pressed={!own} onClick={() => onChange("current")}>
            The current set
          </button>
          <button type="button" aria-pressed={own} onClick={() => own || onChange([])}>
            Chosen versions
          </button>
        </span>
      }
    >
      {!own && (
        <p className="muted">Everything that is bound now, shadows and canaries included.</p>
      )}
      {own && (
        <div className="form">
          {list.length === 0 && (
            <p className="muted">Nothing is chosen: the target's default decides.</p>
          )}
          {list.map((chosen, index) => (
            <Chooser
              // biome-ignore lint/suspicious/noArrayIndexKey: a version may be changed in its place
              key={index}
              chosen={chosen}
              mark={mark}
              onChange={(next) => onChange(list.map((c, at) => (at === index ? next : c)))}
              onRemove={() => onChange(list.filter((_, at) => at !== index))}
            />
          ))}
          <div className="row">
            <label htmlFor={selectId} className="faint">
              Add
            </label>
            <select
              id={selectId}
              className="input"
              value=""
              onChange={(event) => setAdding(event.target.value || undefined)}
            >
              <option value="">a policy…</option>
              {policies.map((p) => (
                <option key={p.id} value={p.id}>
                  {p.name}
                </option>
              ))}
            </select>
          </div>
        </div>
      )}
    </Panel>
  );
}

function Chooser({
  mark,
  ...props
}: Omit<ItemProps, "onValid"> & { mark: (id: string, valid: boolean) => void }) {
  const id = props.chosen.policy_version_id;
  const onValid = useCallback((valid: boolean) => mark(id, valid), [mark, id]);
  return <Item {...props} onValid={onValid} />;
}
