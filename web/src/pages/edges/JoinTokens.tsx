import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import { joinTokens } from "../../api/queries";
import type { JoinTokenView } from "../../api/types";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { useNow } from "../../ui/now";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { ProblemNote, QueryView } from "../../ui/States";

function stateOf(token: JoinTokenView, now: number) {
  if (token.revoked_at) return { tone: "deny", word: "revoked", at: token.revoked_at } as const;
  if (token.used_at) return { tone: "allow", word: "used", at: token.used_at } as const;
  if (Date.parse(token.expires_at) <= now) {
    return { tone: "shadow", word: "expired", at: token.expires_at } as const;
  }
  return { tone: "accent", word: "waits", at: token.expires_at } as const;
}

export function JoinTokens() {
  const query = useQuery(joinTokens());
  const queries = useQueryClient();
  const now = useNow();
  const revoke = useMutation({
    mutationFn: (id: string) =>
      ok(client.DELETE("/api/v1/join_tokens/{id}", { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["edge", "join_tokens"] }),
  });
  return (
    <Panel title="Join tokens" flush>
      {revoke.error && <ProblemNote error={revoke.error} />}
      <QueryView query={query} lines={2}>
        {(list) =>
          list.length === 0 ? (
            <p className="in muted">None.</p>
          ) : (
            <table>
              <thead>
                <tr>
                  <th>For</th>
                  <th>State</th>
                  <th className="num">When</th>
                  <th>
                    <span className="sr-only">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((token) => {
                  const { tone, word, at } = stateOf(token, now);
                  return (
                    <tr key={token.id}>
                      <td>{token.name}</td>
                      <td>
                        <Pill tone={tone}>{word}</Pill>
                      </td>
                      <td className="num faint">
                        <Moment at={at} prefix={word === "waits" ? "ends " : undefined} />
                      </td>
                      <td className="num">
                        {word === "waits" && (
                          <Button
                            small
                            tone="no"
                            busy={revoke.isPending && revoke.variables === token.id}
                            onClick={() => revoke.mutate(token.id)}
                          >
                            Revoke
                          </Button>
                        )}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          )
        }
      </QueryView>
    </Panel>
  );
}
