import { describe, expect, it } from "vitest";
import { type Draft, DraftProblem, decodeDraft, emptyDraft, encodeDraft, trialOf } from "./state";

const draft = (change: Partial<Draft>): Draft => ({ ...emptyDraft(), ...change });

describe("a link to the playground", () => {
  it("holds everything that was typed, in any script", () => {
    const full = draft({
      sql: "SELECT 'zażółć', '🔒' -- ok",
      principal: {
        name: "bot",
        kind: "service",
        groups: ["a"],
        claims: { env: "x" },
        on_behalf_of: "",
      },
      target: { name: "shop", kind: "postgres", labels: {}, default_verdict: "allow" },
      bindings: [{ policy_version_id: "v", settings: { quorum: 2 } }],
    });
    const text = encodeDraft(full);
    expect(text).toMatch(/^t=[\w-]+$/);
    expect(decodeDraft(`#${text}`)).toEqual(full);
  });

  const link = (value: unknown) => encodeDraft(value as Draft);
  it.each([
    ["nothing", ""],
    ["another anchor", "#main"],
    ["no base64", "#t=%%%"],
    ["no JSON", `#t=${btoa("{")}`],
    ["no object", `#${link([1])}`],
  ])("of %s is none", (_name, hash) => expect(decodeDraft(hash)).toBeUndefined());

  it("takes only what has the right shape", () => {
    const odd = decodeDraft(
      link({
        kind: "rpc",
        sql: 7,
        principal: { kind: "root", groups: ["a", 7], claims: { a: "b", c: {} } },
        target: { labels: { env: 1 }, default_verdict: "maybe" },
        access: { operations: ["root", "write", 7] },
        bindings: [{ policy_version_id: "v", settings: 1 }, "x"],
        more: "what is this",
      }),
    );
    expect(odd).toEqual({
      ...emptyDraft(),
      principal: { ...emptyDraft().principal, groups: ["a"], claims: { a: "b" } },
      access: { ...emptyDraft().access, operations: ["write"] },
      target: { ...emptyDraft().target, labels: {} },
      bindings: [{ policy_version_id: "v", settings: 1 }],
    });
  });
});

describe("the question to the server", () => {
  it("is a request for access, in seconds", () => {
    const access = { ...emptyDraft().access, minutes: "1.5" };
    expect(trialOf(draft({ kind: "access", access })).operation).toEqual({
      access: { operations: ["read"], task: "refund order 1042", duration_seconds: 90 },
    });
    const none = draft({ kind: "access", access: { ...access, minutes: "soon" } });
    expect(() => trialOf(none)).toThrow(DraftProblem);
  });

  it("is the raw operation of the chosen kind", () => {
    expect(trialOf(draft({ sql: "SELECT 1" }))).toMatchObject({
      operation: { sql: "SELECT 1" },
      principal: { name: "agent", on_behalf_of: undefined },
      bindings: "current",
    });
    expect(trialOf(draft({ kind: "shell", shell: "ls" })).operation).toEqual({ shell: "ls" });
    const http = {
      method: "get",
      host: "a",
      path: "/x?q=1&q=2",
      headers: "Accept: text/html\n\n",
      body: "",
    };
    expect(trialOf(draft({ kind: "http", http })).operation).toEqual({
      http: {
        method: "GET",
        host: "a",
        path: "/x",
        query: [
          ["q", "1"],
          ["q", "2"],
        ],
        headers: [["accept", "text/html"]],
        body: undefined,
      },
    });
    const tool = { ...emptyDraft().tool, arguments: '{"n":1}' };
    expect(trialOf(draft({ kind: "tool_call", tool })).operation).toMatchObject({
      tool_call: { tool: "merge_pull_request", arguments: { n: 1 } },
    });
  });

  it.each([
    ["headers", draft({ kind: "http", http: { ...emptyDraft().http, headers: "nonsense" } })],
    ["path", draft({ kind: "http", http: { ...emptyDraft().http, path: "x" } })],
    ["arguments", draft({ kind: "tool_call", tool: { ...emptyDraft().tool, arguments: "{" } })],
  ])("names the field %s where it cannot be asked", (field, wrong) => {
    try {
      trialOf(wrong);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DraftProblem);
      expect((error as DraftProblem).field).toBe(field);
    }
  });
});
