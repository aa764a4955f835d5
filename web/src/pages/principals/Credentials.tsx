import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { credentials } from "../../api/queries";
import type { Credential, PrincipalView } from "../../api/types";
import { useCan } from "../../shell/can";
import { grantId } from "../../text/access";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Moment } from "../../ui/Moment";
import { useNow } from "../../ui/now";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { ProblemNote, QueryView } from "../../ui/States";
import { IssueDialog } from "./IssueDialog";

function State({ credential }: { credential: Credential }) {
  const now = useNow();
  if (credential.revoked_at) return <Pill tone="deny">revoked</Pill>;
  if (Date.parse(credential.expires_at) <= now) return <Pill tone="shadow">expired</Pill>;
  return <Pill tone="allow">works</Pill>;
}

export function Credentials({ principal }: { principal: PrincipalView }) {
  const { admin } = useCan();
  const query = useQuery(credentials(principal.id));
  const queries = useQueryClient();
  const [issuing, setIssuing] = useState(false);
  const [revoking, setRevoking] = useState<Credential>();
  const revoke = useMutation({
    mutationFn: (id: string) =>
      ok(client.DELETE("/api/v1/credentials/{id}", { params: { path: { id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["principal"] });
      setRevoking(undefined);
    },
  });
  return (
    <Panel
      title="Credentials"
      aside={
        admin && (
          <Button small onClick={() => setIssuing(true)}>
            Issue…
          </Button>
        )
      }
      flush
    >
      <QueryView query={query} lines={3}>
        {(list) =>
          list.length === 0 ? (
            <p className="in muted">None. It cannot sign in.</p>
          ) : (
            <table>
              <thead>
                <tr>
                  <th>State</th>
                  <th>Made</th>
                  <th>Ends</th>
                  <th>
                    <span className="sr-only">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((credential: Credential) => (
                  <tr key={credential.id}>
                    <td>
                      <State credential={credential} />
                      {credential.grant_id && (
                        <div className="faint">
                          of{" "}
                          <Link
                            to="/access/$grantId"
                            params={{ grantId: credential.grant_id }}
                            className="mono"
                          >
                            {grantId(credential.grant_id)}
                          </Link>
                          {credential.once && ", once"}
                        </div>
                      )}
                    </td>
                    <td className="faint">
                      <Moment at={credential.created_at} />
                    </td>
                    <td className="faint">
                      <Moment at={credential.revoked_at ?? credential.expires_at} />
                    </td>
                    <td className="num">
                      {admin &&
                        !credential.revoked_at &&
                        Date.parse(credential.expires_at) > Date.now() && (
                          <Button small tone="no" onClick={() => setRevoking(credential)}>
                            Revoke
                          </Button>
                        )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </QueryView>
      {issuing && <IssueDialog principal={principal} onClose={() => setIssuing(false)} />}
      {revoking && (
        <ConfirmDialog
          title="Revoke this credential?"
          action="Revoke"
          busy={revoke.isPending}
          error={revoke.error && <ProblemNote error={revoke.error} />}
          onConfirm={() => revoke.mutate(revoking.id)}
          onClose={() => setRevoking(undefined)}
        >
          It stops working, and sessions that it opened end within a second.
        </ConfirmDialog>
      )}
    </Panel>
  );
}
