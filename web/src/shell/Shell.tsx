import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { followLive, type LiveState } from "../api/live";
import { me } from "../api/queries";
import { AlertBanner, BreakGlassBanner } from "./AlertBanner";
import { canOf } from "./can";
import { HelpDialog } from "./HelpDialog";
import { useHotkeys } from "./hotkeys";
import { Nav } from "./Nav";

/** Everything around a page, for someone who is signed in. */
export function Shell() {
  const queries = useQueryClient();
  const { data: session } = useSuspenseQuery(me());
  const [live, setLive] = useState<LiveState>("connecting");
  const [help, setHelp] = useState(false);

  const { read } = canOf(session.user.roles);
  useEffect(() => followLive(queries, setLive), [queries]);
  useHotkeys({
    "?": () => setHelp(true),
    "/": () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
  });

  return (
    <div className="app">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Nav session={session} live={live} onHelp={() => setHelp(true)} />
      <main className="main" id="main" tabIndex={-1}>
        {live === "offline" && (
          <div className="banner">Not connected. What you see may be out of date.</div>
        )}
        {read && (
          <>
            <BreakGlassBanner />
            <AlertBanner />
          </>
        )}
        <Outlet />
      </main>
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  );
}
