import { useMutation } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import type { User } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Moment } from "../../ui/Moment";
import { Secret } from "../../ui/Secret";
import { ProblemNote } from "../../ui/States";

const DAY = 86_400;

/** Makes a link that signs the person in, once. */
export function LinkDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const make = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/api/v1/users/{id}/sign_in_links", {
          params: { path: { id: user.id } },
          body: { ttl_seconds: DAY },
        }),
      ),
    // The link must not stay in the cache once the dialog is gone.
    gcTime: 0,
  });
  return (
    <Dialog title={`Sign-in link for ${user.name}`} onClose={onClose}>
      <div className="form">
        {make.data ? (
          <>
            <Secret label="Link" value={make.data.url} />
            <p className="muted">
              Whoever opens it is signed in as {user.name}. It works once and ends{" "}
              <Moment at={make.data.expires_at} />.
            </p>
          </>
        ) : (
          <p>
            Whoever opens the link is signed in as <b>{user.email}</b>, once. It works for a day.
          </p>
        )}
        {make.error && <ProblemNote error={make.error} />}
        <div className="actions">
          {make.data ? (
            <Button tone="primary" onClick={onClose}>
              Done
            </Button>
          ) : (
            <>
              <Button onClick={onClose}>Cancel</Button>
              <Button tone="primary" busy={make.isPending} onClick={() => make.mutate()}>
                Make the link
              </Button>
            </>
          )}
        </div>
      </div>
    </Dialog>
  );
}
