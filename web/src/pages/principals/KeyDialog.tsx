import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import type { PrincipalView } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";
import { readJwk } from "./jwk";

interface Props {
  principal: PrincipalView;
  onClose: () => void;
}

/** Adds a public key, by which the principal asks for credentials (`private_key_jwt`). */
export function KeyDialog({ principal, onClose }: Props) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: (jwk: Record<string, unknown>) =>
      ok(
        client.POST("/api/v1/principals/{id}/keys", {
          params: { path: { id: principal.id } },
          body: { jwk },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["principal"] });
      onClose();
    },
  });
  const problem = add.error instanceof ApiProblem ? add.error : undefined;
  return (
    <Dialog title={`A key of ${principal.name}`} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          const read = readJwk(text);
          if ("fault" in read) setFault(read.fault);
          else add.mutate(read.jwk);
        }}
      >
        <Field
          label="Public key (JWK)"
          help="The private half stays where the principal runs. `countersign principal key` makes a pair."
          error={fault ?? problem?.fieldError("/jwk")}
        >
          {(props) => (
            <textarea
              {...props}
              className="input code"
              rows={6}
              required
              spellCheck={false}
              placeholder={'{"kty": "OKP", "crv": "Ed25519", "x": "…"}'}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setFault(undefined);
              }}
            />
          )}
        </Field>
        {add.error && <ProblemNote error={add.error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={add.isPending}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
