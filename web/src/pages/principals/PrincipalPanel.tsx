import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { PrincipalView } from "../../api/types";
import { LockButton, type LockChoice, LockNote } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { UsagePanel } from "../../record/UsagePanel";
import { useCan } from "../../shell/can";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { LabelList, NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";
import { ProblemNote } from "../../ui/States";
import { Credentials } from "./Credentials";
import { Keys } from "./Keys";
import { PrincipalDialog } from "./PrincipalDialog";

/** What a lock can stop: the principal alone, or the human behind it with all that is theirs. */
function choicesOf(principal: PrincipalView): LockChoice[] {
  const human = principal.kind === "human" ? principal.name : principal.on_behalf_of;
  const itself: LockChoice = {
    subject: { kind: "principal", id: principal.id },
    label: `${principal.name} alone`,
    text: "Its sessions end within a second, what it holds is withdrawn, and it gets no new one.",
  };
  if (!human) return [itself];
  const person: LockChoice = {
    subject: { kind: "human", name: human },
    label: `${human} with all their agents`,
    text: `${human} and every agent that is theirs or acts for them: sessions end within a second, and they get no new one.`,
  };
  return principal.kind === "human" ? [person, itself] : [itself, person];
}

function About({ principal }: { principal: PrincipalView }) {
  return (
    <Facts>
      <Fact name="Purpose">{principal.purpose && <Revealed text={principal.purpose} />}</Fact>
      <Fact name="Owner">
        {principal.kind !== "human" &&
          (principal.owner ? (
            <Revealed text={principal.owner} />
          ) : (
            <span className="error">nobody answers for it</span>
          ))}
      </Fact>
      <Fact name="Acts for">{principal.on_behalf_of ?? <span className="faint">itself</span>}</Fact>
      <Fact name="Groups">
        <NameList names={principal.groups} />
      </Fact>
      <Fact name="Labels">
        <LabelList labels={principal.claims} />
      </Fact>
      <Fact name="Last used">
        {principal.last_used_at ? (
          <Moment at={principal.last_used_at} />
        ) : (
          principal.last_used_at === null && "never"
        )}
      </Fact>
      <Fact name="See">
        <span className="row wrap">
          <Link to="/sessions" search={{ principal: principal.name }}>
            its sessions
          </Link>
          <Link to="/access" search={{ all: true, principal: principal.name }}>
            its grants
          </Link>
        </span>
      </Fact>
    </Facts>
  );
}

export function PrincipalPanel({ principal }: { principal: PrincipalView }) {
  const { admin } = useCan();
  const lock = useLocked().principal(principal);
  const [open, setOpen] = useState<"change" | "remove">();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () =>
      ok(client.DELETE("/api/v1/principals/{id}", { params: { path: { id: principal.id } } })),
    onSuccess: async () => {
      await navigate({ to: "/principals" });
      await queries.invalidateQueries({ queryKey: ["principal"] });
    },
  });
  return (
    <div className="stack">
      <Panel title={principal.name} aside={principal.kind}>
        <div className="stack">
          <LockNote lock={lock} />
          <About principal={principal} />
          {admin && (
            <div className="row wrap">
              <LockButton
                lock={lock}
                title={`Lock ${principal.name}?`}
                choices={choicesOf(principal)}
              />
              <Button small tone="no" onClick={() => setOpen("remove")}>
                Remove…
              </Button>
              <span className="grow" />
              <Button small onClick={() => setOpen("change")}>
                Change…
              </Button>
            </div>
          )}
        </div>
      </Panel>
      <UsagePanel name={principal.name} />
      <Credentials principal={principal} />
      {principal.kind !== "human" && <Keys principal={principal} />}
      {open === "change" && (
        <PrincipalDialog principal={principal} onClose={() => setOpen(undefined)} />
      )}
      {open === "remove" && (
        <ConfirmDialog
          title={`Remove ${principal.name}?`}
          action="Remove"
          busy={remove.isPending}
          error={remove.error && <ProblemNote error={remove.error} />}
          onConfirm={() => remove.mutate()}
          onClose={() => setOpen(undefined)}
        >
          Its credentials stop working and its open sessions end. What it did stays on record.
        </ConfirmDialog>
      )}
    </div>
  );
}
