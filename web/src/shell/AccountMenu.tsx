import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState } from "react";
import { client, ok, setCsrfToken } from "../api/client";
import type { CurrentSession } from "../api/types";
import { roleWord } from "../text/access";
import { Button } from "../ui/Button";
import { setTheme, type Theme, useTheme } from "./theme";

const THEMES: Theme[] = ["auto", "light", "dark"];

function ThemeChoice() {
  const theme = useTheme();
  return (
    <div>
      <div className="faint" id="theme-label">
        Theme
      </div>
      <div className="tabs" role="group" aria-labelledby="theme-label">
        {THEMES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={theme === each}
            onClick={() => setTheme(each)}
          >
            {each}
          </button>
        ))}
      </div>
    </div>
  );
}

export function AccountMenu({ session, onHelp }: { session: CurrentSession; onHelp: () => void }) {
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  const id = useId();
  const queries = useQueryClient();
  const navigate = useNavigate();

  useEffect(() => {
    if (!open) return;
    const close = (event: Event) => {
      const escaped = event instanceof KeyboardEvent && event.key === "Escape";
      const outside = event.target instanceof Node && !ref.current?.contains(event.target);
      if (escaped) ref.current?.querySelector("button")?.focus();
      if (escaped || (outside && !(event instanceof KeyboardEvent))) setOpen(false);
    };
    document.addEventListener("keydown", close);
    document.addEventListener("pointerdown", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("pointerdown", close);
    };
  }, [open]);

  const signOut = async () => {
    const answer = await ok(client.POST("/api/v1/sign-out")).catch(() => undefined);
    setCsrfToken(null);
    queries.clear();
    // The provider ends its own session, and sends the browser back here.
    if (answer?.end_session_url) window.location.assign(answer.end_session_url);
    else await navigate({ to: "/sign-in" });
  };

  const { user } = session;
  return (
    <div className="account" ref={ref}>
      <button type="button" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <span className="clip">{user.name}</span>
        <span aria-hidden="true" className="faint">
          ⋯
        </span>
        <span className="sr-only">Account</span>
      </button>
      {open && (
        <div className="menu" id={id}>
          <div>
            <div className="clip">{user.email}</div>
            <div className="faint">
              {user.roles.map(roleWord).join(", ") || "no role"}
              {user.groups.length > 0 && ` · ${user.groups.join(", ")}`}
            </div>
          </div>
          <ThemeChoice />
          <Button small onClick={onHelp}>
            Keyboard <kbd>?</kbd>
          </Button>
          <Button small onClick={signOut}>
            Sign out
          </Button>
        </div>
      )}
    </div>
  );
}
