import { useSuspenseQuery } from "@tanstack/react-query";
import { me } from "../api/queries";
import type { Role } from "../api/types";

/** What somebody may do. The server decides; this only hides what it would refuse. */
export interface Can {
  /** Sees more than what is their own. */
  read: boolean;
  /** Decides reviews and requests for access. */
  decide: boolean;
  /** Changes policies, and decides the changes of others. */
  author: boolean;
  /** Judges what is recorded once more. */
  replay: boolean;
  /** Changes everything else. */
  admin: boolean;
}

export function canOf(roles: readonly Role[]): Can {
  const any = (...wanted: Role[]) => roles.some((role) => wanted.includes(role));
  return {
    read: any("admin", "policy_author", "reviewer", "auditor"),
    decide: any("admin", "reviewer"),
    author: any("admin", "policy_author"),
    replay: any("admin", "policy_author", "reviewer"),
    admin: any("admin"),
  };
}

export function useCan(): Can {
  return canOf(useSuspenseQuery(me()).data.user.roles);
}
