/** What is locked, wherever it is shown. */

import { useQuery } from "@tanstack/react-query";
import { locks } from "../api/accessQueries";
import type { Id, Lock, PrincipalKind } from "../api/types";
import { useCan } from "../shell/can";

interface Who {
  id?: Id;
  name: string;
  kind?: PrincipalKind;
  owner?: string | null;
  on_behalf_of?: string | null;
}

/** Which locks stop a thing, of all that are in force. */
export interface Locked {
  of: (kind: "session" | "target" | "edge", id: Id) => Lock | undefined;
  /** A principal is stopped by its own lock, and by one of the human behind it. */
  principal: (who: Who) => Lock | undefined;
  human: (email: string) => Lock | undefined;
}

export function lockedBy(list: readonly Lock[]): Locked {
  const human = (email: string) =>
    list.find(({ subject }) => subject.kind === "human" && subject.name === email);
  return {
    human,
    of: (kind, id) => list.find(({ subject: s }) => s.kind === kind && s.id === id),
    principal: (who) => {
      const own = list.find(({ subject: s }) => s.kind === "principal" && s.id === who.id);
      const behind = [who.kind === "human" ? who.name : null, who.on_behalf_of, who.owner];
      return own ?? behind.flatMap((name) => (name && human(name)) || []).at(0);
    },
  };
}

export function useLocked(): Locked {
  const { read } = useCan();
  const { data } = useQuery({ ...locks(), enabled: read });
  return lockedBy(data ?? []);
}
