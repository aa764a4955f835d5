/** The generated client, with the session's CSRF token on what changes something. */

import createClient, { type Middleware } from "openapi-fetch";
import { offline, problemOf } from "./problem";
import type { paths } from "./schema";

let csrfToken: string | null = null;

/** Kept in memory alone: the cookie is the session, this only proves that our page asks. */
export function setCsrfToken(token: string | null) {
  csrfToken = token;
}

interface SessionListener {
  /** The server says that nobody is signed in. */
  ended(): void;
  /** Our token is of another session: somebody signed in anew in another tab. */
  changed(): void;
  /** Somebody is locked: the reader, or whom they asked something for. */
  locked(): void;
}

let listener: SessionListener | undefined;

export function watchSession(next: SessionListener | undefined) {
  listener = next;
}

const middleware: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET") request.headers.set("x-csrf-token", csrfToken);
    return request;
  },
};

export const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  // Called late, so that tests can replace it.
  fetch: (request) => globalThis.fetch(request),
  credentials: "same-origin",
});
client.use(middleware);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; anything else is thrown as an `ApiProblem`. */
export async function ok<T>(answer: Promise<Answer<T>>): Promise<T> {
  let settled: Answer<T>;
  try {
    settled = await answer;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw offline(cause);
  }
  if (!settled.response.ok) {
    const problem = problemOf(settled.response.status, settled.error);
    if (problem.status === 401) listener?.ended();
    if (problem.code === "csrf") listener?.changed();
    if (problem.code === "locked") listener?.locked();
    throw problem;
  }
  return settled.data as T;
}
