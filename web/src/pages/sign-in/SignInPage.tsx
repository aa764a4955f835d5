import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { client, ok, setCsrfToken } from "../../api/client";
import { me } from "../../api/queries";
import type { CurrentSession } from "../../api/types";
import { ProblemNote } from "../../ui/States";

/** The link works once, so one attempt is shared by every rendering of this page. */
let attempt: Promise<CurrentSession> | undefined;

/** Takes the token out of the address, so that it is in no history and in no screenshot. */
function takeToken(): string | undefined {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token");
  if (token)
    window.history.replaceState(
      window.history.state,
      "",
      window.location.pathname + window.location.search,
    );
  return token ?? undefined;
}

/** Signs in with a link's token, when there is one, and goes on. */
function useSignIn(next: string | undefined) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  const follow = useEffectEvent(async () => {
    const token = takeToken();
    if (token) attempt = ok(client.POST("/api/v1/session", { body: { token } }));
    const current = attempt;
    if (!current) return;
    setBusy(true);
    try {
      const session = await current;
      setCsrfToken(session.csrf_token ?? null);
      queries.setQueryData(me().queryKey, session);
      await navigate({ to: next ?? "/reviews", replace: true });
    } catch (problem) {
      setError(problem);
    } finally {
      if (attempt === current) attempt = undefined;
      setBusy(false);
    }
  });
  useEffect(() => {
    void follow();
    // A link that is pasted while this page is open changes nothing but the fragment.
    const pasted = () => void follow();
    window.addEventListener("hashchange", pasted);
    return () => window.removeEventListener("hashchange", pasted);
  }, []);
  return { error, busy };
}

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const { error, busy } = useSignIn(next);
  useEffect(() => {
    document.title = "Sign in · Countersign";
  }, []);

  return (
    <main className="sign-in">
      <div className="panel card">
        <div className="brand">
          <i aria-hidden="true" />
          <span>Countersign</span>
        </div>
        {busy ? (
          <h1 role="status">Signing you in…</h1>
        ) : (
          <>
            <h1>{error ? "This link did not sign you in" : "You are not signed in"}</h1>
            {error !== undefined && <ProblemNote error={error} />}
            <p>Sign-in links work once. Ask an administrator for one.</p>
            <p className="muted">
              If you run this control plane, it printed a link when it first started. To make
              another:
            </p>
            <pre>countersign user sign-in-link you@example.com</pre>
          </>
        )}
      </div>
    </main>
  );
}
