import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { policy as policyQuery, principals, targets } from "../../api/queries";
import type { CreateReplay, Policy, PolicySummary } from "../../api/types";
import type { JsonObject } from "../../schema-form/node";
import { Button } from "../../ui/Button";
import { SelectField } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { ProblemNote } from "../../ui/States";
import { type Chosen, VersionSettings } from "../policies/VersionSettings";

const PERIODS = [
  { value: "3600", label: "the last hour" },
  { value: "86400", label: "the last day" },
  { value: "604800", label: "the last 7 days" },
  { value: "2592000", label: "the last 30 days" },
] as const;

interface Props {
  policies: PolicySummary[];
  /** A policy's id to begin with. */
  start: string | undefined;
  disabled: boolean;
}

/** Newest version with the settings that are bound, to change from there. */
function startOf(policy: Policy): Chosen {
  const bound =
    policy.bindings.find((b) => b.stage === "enforced") ?? policy.bindings[0] ?? undefined;
  return {
    policy_version_id: policy.versions[0]?.id ?? "",
    settings: (bound?.settings ?? {}) as Chosen["settings"],
  };
}

export function ReplayForm({ policies, start, disabled }: Props) {
  const [period, setPeriod] = useState<(typeof PERIODS)[number]["value"]>("604800");
  const [policyId, setPolicyId] = useState(start ?? "");
  const [chosen, setChosen] = useState<Chosen>();
  const [valid, setValid] = useState(true);
  const [target, setTarget] = useState("");
  const [principal, setPrincipal] = useState("");
  const policy = useQuery({ ...policyQuery(policyId), enabled: policyId !== "" });
  const allTargets = useQuery(targets());
  const allPrincipals = useQuery(principals());
  const navigate = useNavigate();
  const queries = useQueryClient();
  const current = policyId && policy.data ? (chosen ?? startOf(policy.data)) : undefined;
  const run = useMutation({
    mutationFn: (body: CreateReplay) => ok(client.POST("/api/v1/replays", { body })),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ["replay"] });
      await navigate({ to: "/replays/$replayId", params: { replayId: id } });
    },
  });
  const submit = () =>
    run.mutate({
      since: Number(period),
      candidate: current && {
        policy_id: policyId,
        policy_version_id: current.policy_version_id,
        settings: current.settings as JsonObject,
      },
      target: target || undefined,
      principal: principal || undefined,
    });
  const any = (of: string) => ({ value: "", label: `every ${of}` });
  return (
    <Panel title="Judge again">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <fieldset className="form bare" disabled={disabled}>
          <SelectField label="Actions of" value={period} options={PERIODS} onChange={setPeriod} />
          <SelectField
            label="With"
            help={
              policyId
                ? undefined
                : "The same versions must give the same decisions: a proof, not a change."
            }
            value={policyId}
            options={[
              { value: "", label: "the same versions and settings" },
              ...policies.map((p) => ({ value: p.id, label: p.name })),
            ]}
            onChange={(id) => {
              setPolicyId(id);
              setChosen(undefined);
              setValid(true);
            }}
          />
          {policy.data && current && (
            <div className="nest">
              <VersionSettings
                policy={policy.data}
                value={current}
                onChange={setChosen}
                onValid={setValid}
                complaints={
                  run.error instanceof ApiProblem
                    ? run.error.fields.map((f) => ({
                        pointer: f.pointer.replace(/^\/candidate\/settings/, ""),
                        message: f.detail,
                      }))
                    : []
                }
              />
            </div>
          )}
          <SelectField
            label="On"
            value={target}
            options={[
              any("target"),
              ...(allTargets.data ?? []).map((t) => ({ value: t.name, label: t.name })),
            ]}
            onChange={setTarget}
          />
          <SelectField
            label="By"
            value={principal}
            options={[
              any("principal"),
              ...(allPrincipals.data ?? []).map((p) => ({ value: p.name, label: p.name })),
            ]}
            onChange={setPrincipal}
          />
          {run.error && <ProblemNote error={run.error} />}
          {disabled ? (
            <p className="muted">Admins, policy authors and reviewers may judge again.</p>
          ) : (
            <Button
              type="submit"
              tone="primary"
              disabled={!valid || (policyId !== "" && !current)}
              busy={run.isPending}
            >
              Judge again
            </Button>
          )}
        </fieldset>
      </form>
    </Panel>
  );
}
