import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { principalKeys } from "../../api/accessQueries";
import { client, ok } from "../../api/client";
import type { PrincipalKey, PrincipalView } from "../../api/types";
import { useCan } from "../../shell/can";
import { shortDigest } from "../../text/format";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { ProblemNote, QueryView } from "../../ui/States";
import { KeyDialog } from "./KeyDialog";

/** Public keys by which it proves who it is, without a secret that we know. */
export function Keys({ principal }: { principal: PrincipalView }) {
  const { admin } = useCan();
  const query = useQuery(principalKeys(principal.id));
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<PrincipalKey>();
  const remove = useMutation({
    mutationFn: (kid: string) =>
      ok(
        client.DELETE("/api/v1/principals/{id}/keys/{kid}", {
          params: { path: { id: principal.id, kid } },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["principal"] });
      setRemoving(undefined);
    },
  });
  return (
    <Panel
      title="Keys"
      aside={
        admin && (
          <Button small onClick={() => setAdding(true)}>
            Add a key…
          </Button>
        )
      }
      flush
    >
      <QueryView query={query} lines={2}>
        {(list) =>
          list.length === 0 ? (
            <p className="in muted">None. It cannot ask for credentials by a key of its own.</p>
          ) : (
            <table>
              <thead>
                <tr>
                  <th>Key</th>
                  <th>Added</th>
                  <th>Used</th>
                  <th>
                    <span className="sr-only">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((key) => (
                  <tr key={key.kid}>
                    <td className="mono" title={key.kid}>
                      {shortDigest(key.kid)}
                    </td>
                    <td className="faint">
                      <Moment at={key.created_at} />
                    </td>
                    <td className="faint">
                      {key.last_used_at ? <Moment at={key.last_used_at} /> : "never"}
                    </td>
                    <td className="num">
                      {admin && (
                        <Button
                          small
                          tone="no"
                          onClick={() => setRemoving(key)}
                          aria-label={`Remove the key ${shortDigest(key.kid)}`}
                        >
                          Remove
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
      {adding && <KeyDialog principal={principal} onClose={() => setAdding(false)} />}
      {removing && (
        <ConfirmDialog
          title="Remove this key?"
          action="Remove"
          busy={remove.isPending}
          error={remove.error && <ProblemNote error={remove.error} />}
          onConfirm={() => remove.mutate(removing.kid)}
          onClose={() => setRemoving(undefined)}
        >
          It gets no more credentials by it. Those that it has end at their time.
        </ConfirmDialog>
      )}
    </Panel>
  );
}
