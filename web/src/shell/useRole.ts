import { useSuspenseQuery } from "@tanstack/react-query";
import { me } from "../api/queries";

/** Whether the reader may change things. The server decides; this only hides what it would refuse. */
export function useIsAdmin(): boolean {
  return useSuspenseQuery(me()).data.user.role === "admin";
}
