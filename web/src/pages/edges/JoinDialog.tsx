import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { Moment } from "../../ui/Moment";
import { Secret } from "../../ui/Secret";
import { ProblemNote } from "../../ui/States";

const LIFETIMES = [
  { value: "3600", label: "an hour" },
  { value: "86400", label: "a day" },
  { value: "604800", label: "a week" },
];

/** Makes a token that enrolls one edge, and shows it once. */
export function JoinDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [lifetime, setLifetime] = useState("3600");
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/api/v1/join_tokens", {
          body: { name: name.trim(), ttl_seconds: Number(lifetime) },
        }),
      ),
    // The token must not stay in the cache once the dialog is gone.
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["edge", "join_tokens"] }),
  });
  const problem = make.error instanceof ApiProblem ? make.error : undefined;
  return (
    <Dialog title="Add an edge" onClose={onClose}>
      {make.data ? (
        <div className="form">
          <Secret label="Join token" value={make.data.token} />
          <p className="muted">
            Start the edge with <code>COUNTERSIGN_JOIN_TOKEN</code> set to it, or with{" "}
            <code>--join-token</code>. It works once and ends <Moment at={make.data.expires_at} />.
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
          <TextField
            label="Name of the edge"
            required
            value={name}
            placeholder="edge-eu-1"
            error={problem?.fieldError("/name")}
            onChange={setName}
          />
          <SelectField
            label="Works for"
            value={lifetime}
            options={LIFETIMES}
            onChange={setLifetime}
          />
          {make.error && <ProblemNote error={make.error} />}
          <div className="actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={make.isPending}>
              Make a join token
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
