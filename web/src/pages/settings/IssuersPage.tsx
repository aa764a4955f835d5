import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { trustedIssuers } from "../../api/accessQueries";
import { client, ok } from "../../api/client";
import type { TrustedIssuer } from "../../api/types";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { LabelList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";
import { Blank, ProblemNote, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { IssuerDialog } from "./IssuerDialog";
import { SettingsTabs } from "./SettingsTabs";

interface CardProps {
  issuer: TrustedIssuer;
  onChange: () => void;
  onRemove: () => void;
}

function IssuerPanel({ issuer, onChange, onRemove }: CardProps) {
  return (
    <Panel
      title={issuer.name}
      aside={
        <span className="row">
          <Button small onClick={onChange} aria-label={`Change ${issuer.name}`}>
            Change…
          </Button>
          <Button small tone="no" onClick={onRemove} aria-label={`Remove ${issuer.name}`}>
            Remove…
          </Button>
        </span>
      }
      flush
    >
      <div className="in">
        <Facts>
          <Fact name="Issuer">
            <span className="mono">{issuer.issuer}</span>
          </Fact>
          <Fact name="Keys">
            {issuer.jwks_uri ? (
              <span className="mono">{issuer.jwks_uri}</span>
            ) : (
              <span className="faint">found by its discovery document</span>
            )}
          </Fact>
          <Fact name="Audience">
            <span className="mono">{issuer.audience}</span>
          </Fact>
        </Facts>
      </div>
      <table>
        <thead>
          <tr>
            <th>A token with</th>
            <th>Gets credentials of</th>
          </tr>
        </thead>
        <tbody>
          {issuer.rules.map((rule) => (
            <tr key={JSON.stringify(rule)}>
              <td>
                <LabelList labels={rule.claims} />
              </td>
              <td className="break">
                <Revealed text={rule.principal} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** Whose workload identities are exchanged for credentials, and for whose. */
export function IssuersPage() {
  const query = useQuery(trustedIssuers());
  const queries = useQueryClient();
  const [editing, setEditing] = useState<TrustedIssuer | "new">();
  const [removing, setRemoving] = useState<TrustedIssuer>();
  const remove = useMutation({
    mutationFn: (id: string) =>
      ok(client.DELETE("/api/v1/trusted-issuers/{id}", { params: { path: { id } } })),
    onSuccess: async () => {
      setRemoving(undefined);
      await queries.invalidateQueries({ queryKey: ["trusted_issuer"] });
    },
  });
  return (
    <>
      <TopBar
        title="Settings"
        documentTitle="Trusted issuers"
        sub="Whose workloads get credentials without a secret"
      >
        <Button tone="primary" onClick={() => setEditing("new")}>
          Add…
        </Button>
      </TopBar>
      <SettingsTabs />
      <div className="scrolls">
        <div className="page narrow">
          <QueryView query={query} lines={5}>
            {(list) =>
              list.length === 0 ? (
                <Blank title="No issuer is trusted yet.">
                  A Kubernetes cluster, a CI system or SPIFFE can prove who its workloads are.
                </Blank>
              ) : (
                list.map((issuer) => (
                  <IssuerPanel
                    key={issuer.id}
                    issuer={issuer}
                    onChange={() => setEditing(issuer)}
                    onRemove={() => setRemoving(issuer)}
                  />
                ))
              )
            }
          </QueryView>
        </div>
      </div>
      {editing && (
        <IssuerDialog
          issuer={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      {removing && (
        <ConfirmDialog
          title={`Trust ${removing.name} no more?`}
          action="Remove"
          busy={remove.isPending}
          error={remove.error && <ProblemNote error={remove.error} />}
          onConfirm={() => remove.mutate(removing.id)}
          onClose={() => setRemoving(undefined)}
        >
          Its tokens are exchanged for nothing from now on. Credentials that they were exchanged for
          before end at their time.
        </ConfirmDialog>
      )}
    </>
  );
}
