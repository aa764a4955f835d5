import { afterEach, describe, expect, it, vi } from "vitest";
import { client, ok, setCsrfToken, watchSession } from "./client";
import type { ApiProblem } from "./problem";

function answer(status: number, body: unknown, type = "application/json") {
  const fetch = vi.fn<(request: Request) => Promise<Response>>(
    async () => new Response(JSON.stringify(body), { status, headers: { "content-type": type } }),
  );
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

// Node's Request wants whole addresses.
const baseUrl = "http://localhost";
const list = () => ok(client.GET("/api/v1/targets", { baseUrl }));
const problemOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: ApiProblem) => error,
  );

afterEach(() => {
  vi.unstubAllGlobals();
  setCsrfToken(null);
  watchSession(undefined);
});

describe("the client", () => {
  it("proves with the CSRF token that our page asks, on what changes something", async () => {
    const fetch = answer(200, { items: [], next_cursor: null });
    setCsrfToken("secret");
    await list();
    await ok(client.DELETE("/api/v1/session", { baseUrl }));
    const tokens = fetch.mock.calls.map(([request]) => request.headers.get("x-csrf-token"));
    expect(tokens).toEqual([null, "secret"]);
  });

  it("throws the server's words", async () => {
    answer(
      422,
      {
        status: 422,
        code: "invalid_body",
        title: "No",
        detail: "Wrong.",
        errors: [
          { pointer: "/name", detail: "Too long." },
          7,
          { pointer: "/groups/0", detail: "No." },
        ],
      },
      "application/problem+json",
    );
    const problem = await problemOf(list());
    expect(problem).toMatchObject({ status: 422, code: "invalid_body", message: "Wrong." });
    expect(problem.fieldError("/name")).toBe("Too long.");
    expect(problem.fieldError("/groups")).toBe("No.");
    expect(problem.fieldError("/group")).toBeUndefined();
    expect(problem.fields).toHaveLength(2);
  });

  it("makes a problem of an answer that is none", async () => {
    vi.stubGlobal("fetch", async () => new Response("<html>Bad gateway", { status: 502 }));
    expect(await problemOf(list())).toMatchObject({ status: 502, code: "http_502" });
  });

  it("says when no answer comes", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("Failed to fetch");
    });
    expect(await problemOf(list())).toMatchObject({ status: 0, code: "offline" });
  });

  it.each([
    [401, "unauthenticated", 1, 0, 0],
    [403, "csrf", 0, 1, 0],
    [403, "locked", 0, 0, 1],
    [403, "forbidden", 0, 0, 0],
  ])("tells what became of the session: %d %s", async (status, code, ended, changed, locked) => {
    const listener = { ended: vi.fn(), changed: vi.fn(), locked: vi.fn() };
    watchSession(listener);
    answer(status, { code }, "application/problem+json");
    await problemOf(list());
    expect(listener.ended).toHaveBeenCalledTimes(ended);
    expect(listener.changed).toHaveBeenCalledTimes(changed);
    expect(listener.locked).toHaveBeenCalledTimes(locked);
  });
});
