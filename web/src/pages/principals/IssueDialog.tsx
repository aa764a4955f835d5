import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { PrincipalView } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { Moment } from "../../ui/Moment";
import { Secret } from "../../ui/Secret";
import { ProblemNote } from "../../ui/States";

const LIFETIMES = [
  { value: "3600", label: "an hour" },
  { value: "28800", label: "8 hours" },
  { value: "86400", label: "a day" },
  { value: "604800", label: "a week" },
  { value: "2592000", label: "30 days" },
];

/** Makes a credential and shows its secret, once. */
export function IssueDialog({
  principal,
  onClose,
}: {
  principal: PrincipalView;
  onClose: () => void;
}) {
  const [lifetime, setLifetime] = useState("28800");
  const queries = useQueryClient();
  const issue = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/api/v1/principals/{id}/credentials", {
          params: { path: { id: principal.id } },
          body: { ttl_seconds: Number(lifetime) },
        }),
      ),
    // The secret must not stay in the cache once the dialog is gone.
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["principal"] }),
  });
  return (
    <Dialog title={`Credential for ${principal.name}`} onClose={onClose}>
      {issue.data ? (
        <div className="form">
          <Secret label="Password" value={issue.data.secret} />
          <p className="muted">
            Sign in to the edge as <code>{principal.name}</code> with it. It ends{" "}
            <Moment at={issue.data.expires_at} />.
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
            issue.mutate();
          }}
        >
          <SelectField
            label="Works for"
            value={lifetime}
            options={LIFETIMES}
            onChange={setLifetime}
          />
          {issue.error && <ProblemNote error={issue.error} />}
          <div className="actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={issue.isPending}>
              Issue
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
