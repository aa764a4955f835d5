import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { signInOptions } from "../../api/accessQueries";
import { client, ok, setCsrfToken } from "../../api/client";
import { isLocked } from "../../api/problem";
import { me } from "../../api/queries";
import type { CurrentSession } from "../../api/types";
import { Revealed } from "../../ui/Revealed";
import { ProblemNote, Skeleton } from "../../ui/States";
import { Card } from "./Card";
import { failureOf, REMEDY } from "./errors";

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
      await navigate({ to: next ?? "/", replace: true });
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

/** Why the reader is locked, in the words of who locked them. */
function LockedBecause() {
  const { error } = useQuery({ ...me(), staleTime: 0 });
  return isLocked(error) && error ? (
    <p className="break">
      <Revealed text={error.message} />
    </p>
  ) : null;
}

/** What a failed sign-in through the provider was refused for. */
function Refused({ code }: { code: string }) {
  const { title, text, remedy } = failureOf(code);
  return (
    <>
      <h1>{title}</h1>
      <div className="note" data-tone="deny" role="alert">
        <p>
          {text} {REMEDY[remedy]}
        </p>
        {code === "locked" && <LockedBecause />}
        <p className="faint mono break">{code}</p>
      </div>
    </>
  );
}

function Links() {
  return (
    <>
      <p>Sign-in links work once. Ask an administrator for one.</p>
      <p className="muted">
        If you run this control plane, it printed a link when it first started. To make another:
      </p>
      <pre>countersign user sign-in-link you@example.com</pre>
    </>
  );
}

/** The address at which the provider's sign-in starts, coming back to `next`. */
export function startOf(startUrl: string, next: string | undefined): string {
  const url = new URL(startUrl, window.location.origin);
  url.searchParams.set("return_to", next ?? "/");
  return url.origin === window.location.origin ? url.pathname + url.search : url.href;
}

/** The ways to sign in that this control plane has. */
function Ways({ next, primary }: { next: string | undefined; primary: boolean }) {
  const { data, error } = useQuery(signInOptions());
  // Links may work where it is not known what else does.
  if (error) return <Links />;
  if (!data) return <Skeleton lines={2} />;
  const { oidc, links } = data;
  return (
    <>
      {oidc && (
        <a className={primary ? "btn primary" : "btn"} href={startOf(oidc.start_url, next)}>
          Sign in with {oidc.name}
        </a>
      )}
      {links &&
        (oidc ? (
          <details>
            <summary className="muted">With a link</summary>
            <div className="stack" style={{ paddingTop: 10 }}>
              <Links />
            </div>
          </details>
        ) : (
          <Links />
        ))}
      {!oidc && !links && (
        <p>No way to sign in is set up. Whoever runs this control plane has to name a provider.</p>
      )}
    </>
  );
}

export function SignInPage() {
  const { next, error: code } = useSearch({ from: "/sign-in" });
  const { error, busy } = useSignIn(next);
  if (busy) {
    return (
      <Card title="Sign in">
        <div role="status">
          <h1>Signing you in…</h1>
        </div>
      </Card>
    );
  }
  return (
    <Card title="Sign in">
      {code && error === undefined ? (
        <Refused code={code} />
      ) : (
        <h1>{error ? "This link did not sign you in" : "You are not signed in"}</h1>
      )}
      {error !== undefined && <ProblemNote error={error} />}
      <Ways next={next} primary={!code || failureOf(code).remedy !== "admin"} />
    </Card>
  );
}
