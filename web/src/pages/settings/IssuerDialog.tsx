import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { principals } from "../../api/queries";
import type { TrustedIssuer } from "../../api/types";
import { Button } from "../../ui/Button";
import { LabelsField } from "../../ui/Chips";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";
import { draftOf, faultOf, type RuleDraft, rulesOf } from "./rules";

interface RuleProps {
  rule: RuleDraft;
  index: number;
  fault: string | undefined;
  principalFault: string | undefined;
  names: string;
  onChange: (rule: RuleDraft) => void;
  onRemove?: () => void;
}

function Rule(props: RuleProps) {
  const { rule, index, fault, principalFault, names, onChange, onRemove } = props;
  return (
    <fieldset className="field nest">
      <legend className="faint">Rule {index + 1}</legend>
      <LabelsField
        label="Claims"
        help="All must fit; `*` stands for anything, `/a/b` reaches into a claim. The first rule that fits counts."
        placeholder="sub=repo:shop/checkout:*"
        labels={rule.claims}
        error={fault}
        onChange={(claims) => onChange({ ...rule, claims })}
      />
      <TextField
        label="Gets credentials of"
        placeholder="a principal's name"
        list={names}
        required
        value={rule.principal}
        error={principalFault}
        onChange={(principal) => onChange({ ...rule, principal })}
      />
      {onRemove && (
        <div>
          <Button small onClick={onRemove}>
            Remove rule {index + 1}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** Adds an issuer of workload identities, or changes one. */
export function IssuerDialog({ issuer, onClose }: { issuer?: TrustedIssuer; onClose: () => void }) {
  const [name, setName] = useState(issuer?.name ?? "");
  const [address, setAddress] = useState(issuer?.issuer ?? "");
  const [jwks, setJwks] = useState(issuer?.jwks_uri ?? "");
  const [audience, setAudience] = useState(issuer?.audience ?? "");
  const [rules, setRules] = useState(() => issuer?.rules.map(draftOf) ?? [draftOf()]);
  const [asked, setAsked] = useState(false);
  const names = useId();
  const known = useQuery(principals());
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = {
        name: name.trim(),
        jwks_uri: jwks.trim() || null,
        audience: audience.trim(),
        rules: rulesOf(rules),
      };
      return issuer
        ? ok(
            client.PATCH("/api/v1/trusted-issuers/{id}", {
              params: { path: { id: issuer.id } },
              body,
            }),
          )
        : ok(client.POST("/api/v1/trusted-issuers", { body: { ...body, issuer: address.trim() } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["trusted_issuer"] });
      onClose();
    },
  });
  const problem = save.error instanceof ApiProblem ? save.error : undefined;
  return (
    <Dialog
      wide
      title={issuer ? `Change ${issuer.name}` : "Trust an issuer of workload identities"}
      onClose={onClose}
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(true);
          if (!rules.some(faultOf)) save.mutate();
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={63}
          placeholder="github-actions"
          value={name}
          error={problem?.fieldError("/name")}
          onChange={setName}
        />
        <TextField
          label="Issuer"
          help="As its tokens name it, in `iss`. One that is no address, such as a SPIFFE trust domain, needs its keys below."
          required
          // Another issuer is another entry.
          readOnly={issuer !== undefined}
          placeholder="https://token.actions.githubusercontent.com"
          value={address}
          error={problem?.fieldError("/issuer")}
          onChange={setAddress}
        />
        <TextField
          label="Keys"
          help="Where its JWKS is; found by its discovery document where it is empty."
          type="url"
          placeholder="found by itself"
          value={jwks}
          error={problem?.fieldError("/jwks_uri")}
          onChange={setJwks}
        />
        <TextField
          label="Audience"
          help="Its tokens must be meant for this, in `aud`."
          required
          placeholder="countersign"
          value={audience}
          error={problem?.fieldError("/audience")}
          onChange={setAudience}
        />
        <datalist id={names}>
          {known.data
            ?.filter((p) => p.kind !== "human")
            .map((p) => (
              <option key={p.id} value={p.name} />
            ))}
        </datalist>
        {rules.map((rule, index) => (
          <Rule
            key={rule.key}
            rule={rule}
            index={index}
            names={names}
            fault={
              problem?.fieldError(`/rules/${index}/claims`) ?? (asked ? faultOf(rule) : undefined)
            }
            principalFault={problem?.fieldError(`/rules/${index}/principal`)}
            onChange={(next) => setRules(rules.map((each) => (each === rule ? next : each)))}
            onRemove={
              rules.length > 1 ? () => setRules(rules.filter((each) => each !== rule)) : undefined
            }
          />
        ))}
        <div>
          <Button small onClick={() => setRules([...rules, draftOf()])}>
            Add a rule
          </Button>
        </div>
        {save.error && <ProblemNote error={save.error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {issuer ? "Save" : "Trust it"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
