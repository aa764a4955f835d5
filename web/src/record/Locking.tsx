import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../api/client";
import type { Lock, LockSubject } from "../api/types";
import { useCan } from "../shell/can";
import { lockKind } from "../text/access";
import { Button } from "../ui/Button";
import { ConfirmDialog } from "../ui/Dialog";
import { SelectField } from "../ui/Field";
import { Moment } from "../ui/Moment";
import { Pill } from "../ui/Pill";
import { ReasonDialog } from "../ui/ReasonDialog";
import { Revealed } from "../ui/Revealed";
import { ProblemNote } from "../ui/States";

/** In a list: that it is locked, and by whose lock where it is another's. */
export function LockPill({ lock, of }: { lock: Lock | undefined; of?: LockSubject["kind"] }) {
  if (!lock) return null;
  const other = of && lock.subject.kind !== of;
  return (
    <Pill tone="deny" title={lock.reason}>
      {other && lock.subject.kind === "human" ? "locked with its human" : "locked"}
    </Pill>
  );
}

const UNTIL = [
  { value: "", label: "until it is lifted" },
  { value: "3600", label: "an hour" },
  { value: "28800", label: "8 hours" },
  { value: "86400", label: "a day" },
];

export interface LockChoice {
  subject: LockSubject;
  /** What is locked, in a word. */
  label: string;
  /** What follows. */
  text: string;
}

interface DialogProps {
  title: string;
  choices: LockChoice[];
  onClose: () => void;
}

/** Locks one of what is offered; the first unless another is chosen. */
export function LockDialog({ title, choices, onClose }: DialogProps) {
  const [chosen, setChosen] = useState("0");
  const [until, setUntil] = useState("");
  const queries = useQueryClient();
  const choice = choices[Number(chosen)];
  const set = useMutation({
    mutationFn: async (reason: string) => {
      if (!choice) return;
      const ends = until && new Date(Date.now() + Number(until) * 1000).toISOString();
      await ok(
        client.POST("/api/v1/locks", {
          body: { subject: choice.subject, reason, expires_at: ends || undefined },
        }),
      );
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["lock"] });
      onClose();
    },
  });
  return (
    <ReasonDialog
      title={title}
      action="Lock"
      help="Whoever is stopped is told it."
      maxLength={200}
      busy={set.isPending}
      error={set.error}
      onConfirm={(reason) => set.mutate(reason)}
      onClose={onClose}
    >
      {choices.length > 1 && (
        <SelectField
          label="Lock"
          value={chosen}
          options={choices.map(({ label }, index) => ({ value: String(index), label }))}
          onChange={setChosen}
        />
      )}
      <p>{choice?.text}</p>
      <SelectField label="For" value={until} options={UNTIL} onChange={setUntil} />
    </ReasonDialog>
  );
}

/** Asks, and lifts a lock. */
export function LiftButton({ lock }: { lock: Lock }) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const lift = useMutation({
    mutationFn: () =>
      ok(client.DELETE("/api/v1/locks/{id}", { params: { path: { id: lock.id } } })),
    onSuccess: async () => {
      setAsking(false);
      await queries.invalidateQueries({ queryKey: ["lock"] });
    },
  });
  return (
    <>
      <Button small onClick={() => setAsking(true)} aria-label={`Lift the lock of ${lock.name}`}>
        Lift…
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Lift the lock of ${lock.name}?`}
          action="Lift"
          busy={lift.isPending}
          error={lift.error && <ProblemNote error={lift.error} />}
          onConfirm={() => lift.mutate()}
          onClose={() => setAsking(false)}
        >
          It may connect and act again, as its grants and the policies allow.
        </ConfirmDialog>
      )}
    </>
  );
}

/** That a thing is locked: by whom, why, until when; with a way out for admins. */
export function LockNote({ lock }: { lock: Lock | undefined }) {
  const { admin } = useCan();
  if (!lock) return null;
  return (
    <div className="note row wrap" data-tone="deny">
      <span className="grow break">
        <b>Locked.</b> <Revealed text={lock.reason} />{" "}
        <span className="faint">
          {lockKind(lock.subject)} <Revealed text={lock.name} />· by {lock.created_by} ·{" "}
          <Moment at={lock.created_at} />
          {lock.expires_at && <Moment at={lock.expires_at} prefix=" · ends " />}
        </span>
      </span>
      {admin && <LiftButton lock={lock} />}
    </div>
  );
}

interface ButtonProps extends Omit<DialogProps, "onClose"> {
  lock: Lock | undefined;
}

/** For admins, where the thing is not locked yet. */
export function LockButton({ lock, ...dialog }: ButtonProps) {
  const { admin } = useCan();
  const [open, setOpen] = useState(false);
  if (!admin || lock) return null;
  return (
    <>
      <Button small tone="no" onClick={() => setOpen(true)}>
        Lock…
      </Button>
      {open && <LockDialog {...dialog} onClose={() => setOpen(false)} />}
    </>
  );
}
