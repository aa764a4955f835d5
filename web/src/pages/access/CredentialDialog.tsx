import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { edges } from "../../api/queries";
import type { Edge, Grant } from "../../api/types";
import { useCan } from "../../shell/can";
import { grantId, shellWord } from "../../text/access";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Moment } from "../../ui/Moment";
import { Secret } from "../../ui/Secret";
import { ProblemNote } from "../../ui/States";

const PORT = "6432";

/** What an edge that serves the target listens on. */
function portOf(edgeList: Edge[] | undefined, target: string): string {
  const edge = edgeList?.find((e) => e.online && e.status?.targets.includes(target));
  return edge?.status?.listeners[0]?.split(":").at(-1) ?? PORT;
}

/** The lines for a shell. The credential is typed into it unseen, so that it is in no history. */
export function commandOf(principal: string, target: string, port: string): string {
  return [
    "read -rs PGPASSWORD && export PGPASSWORD",
    `psql -h EDGE -p ${port} -U ${shellWord(principal)} -d ${shellWord(target)}`,
  ].join("\n");
}

/** Makes a credential that is bound to a grant, and shows it once. */
export function CredentialDialog({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const [once, setOnce] = useState(false);
  const { read } = useCan();
  const edgeList = useQuery({ ...edges(), enabled: read });
  const make = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/api/v1/grants/{id}/credentials", {
          params: { path: { id: grant.id } },
          body: { once },
        }),
      ),
    // The credential must not stay in the cache once the dialog is gone.
    gcTime: 0,
  });
  const target = grant.targets[0]?.name ?? "";
  return (
    <Dialog title={`Credential for ${grantId(grant.id)}`} onClose={onClose}>
      {make.data ? (
        <div className="form">
          <Secret label="Credential" value={make.data.credential} />
          <div className="field">
            <span className="name">With psql</span>
            <pre className="command">
              {commandOf(grant.principal.name, target, portOf(edgeList.data, target))}
            </pre>
            <span className="help">
              Paste the credential after the first line. EDGE is the address of an edge that serves
              it.
            </span>
          </div>
          <p className="muted">
            It is also a bearer token. It ends <Moment at={make.data.expires_at} />, or when the
            grant does.
          </p>
          <div className="actions">
            <Button tone="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <p>
            It signs in as <b>{grant.principal.name}</b>, to what this grant names and for what it
            allows.
          </p>
          <label className="check">
            <input
              type="checkbox"
              checked={once}
              onChange={(event) => setOnce(event.target.checked)}
            />
            <span>
              For one connection <span className="faint">It does not work a second time.</span>
            </span>
          </label>
          {make.error && <ProblemNote error={make.error} />}
          <div className="actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={make.isPending}>
              Make it
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
