// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { grantOf } from "../../../e2e/mock/identityData";
import { reviews } from "../../../e2e/mock/reviews";
import type { Grant, Review } from "../../api/types";
import { useHotkeys } from "../../shell/hotkeys";
import { whyNotGrant } from "../../text/access";
import { DecisionBar, DecisionControls } from "./DecisionBar";
import { useDecide, useDecideGrant } from "./useDecide";

const [pending] = reviews();
if (!pending) throw new Error("no review");

function Subject({ review }: { review: Review }) {
  const [comment, setComment] = useState("");
  const decide = useDecide(review, comment);
  useHotkeys({ a: () => decide.byKey("approve"), d: () => decide.byKey("deny") });
  return <DecisionBar review={review} comment={comment} onComment={setComment} decide={decide} />;
}

function Request({ grant }: { grant: Grant }) {
  const [comment, setComment] = useState("");
  const decide = useDecideGrant(grant, comment);
  useHotkeys({ a: () => decide.byKey("approve"), d: () => decide.byKey("deny") });
  return (
    <DecisionControls
      refusal={whyNotGrant(grant)}
      comment={comment}
      onComment={setComment}
      decide={decide}
    />
  );
}

const sent: { url: string; body: unknown }[] = [];
let status = 201;

function show(review: Review) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Subject review={review} />
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  sent.length = 0;
  status = 201;
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push({ url: new URL(request.url).pathname, body: await request.json() });
    const body =
      status === 201
        ? { ...pending, state: "approved" }
        : { code: "not_pending", title: "Conflict", detail: "Carol denied it." };
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json" },
    });
  });
});
afterEach(() => vi.unstubAllGlobals());

/** The time in which a key still belongs to the review before. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 450));

describe("deciding", () => {
  it("sends the comment and the digest of what was shown", async () => {
    show(pending);
    await userEvent.type(
      screen.getByLabelText("Comment for the record"),
      "  asked for in OPS-412 ",
    );
    await userEvent.click(screen.getByRole("button", { name: /Approve/ }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual({
      url: `/api/v1/reviews/${pending.id}/decisions`,
      body: { decision: "approve", comment: "asked for in OPS-412", digest: pending.digest },
    });
  });

  it("takes one key, and not the same again", async () => {
    show(pending);
    await settle();
    await userEvent.keyboard("d");
    await userEvent.keyboard("d");
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.body).toMatchObject({ decision: "deny" });
  });

  it("leaves a key that came too soon, was held down, or went with a modifier", async () => {
    show(pending);
    await userEvent.keyboard("a");
    await settle();
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "a", repeat: true }));
    await userEvent.keyboard("{Control>}a{/Control}{Meta>}d{/Meta}");
    expect(sent).toHaveLength(0);
  });

  it("leaves letters of the comment alone", async () => {
    show(pending);
    await settle();
    await userEvent.type(screen.getByLabelText("Comment for the record"), "a bad idea");
    expect(sent).toHaveLength(0);
  });

  it("says what the server refused", async () => {
    status = 409;
    show(pending);
    await userEvent.click(screen.getByRole("button", { name: /Deny/ }));
    expect((await screen.findByRole("alert")).textContent).toContain("Carol denied it.");
  });

  it.each([
    ["requester", /Somebody else must decide/],
    ["group", /Only dba, payments-leads may decide/],
    ["role", /reads and does not decide/],
    ["scope", /targets with other labels/],
    ["already_decided", /You have decided/],
  ] as const)("is not offered: %s", async (may_not_decide, why) => {
    show({ ...pending, may_decide: false, may_not_decide });
    expect(screen.getByText(why)).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
    await settle();
    await userEvent.keyboard("a");
    expect(sent).toHaveLength(0);
  });

  it("is over once it is decided", () => {
    show({ ...pending, state: "denied", may_decide: false, may_not_decide: "not_pending" });
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("deciding a request for access", () => {
  const showRequest = (grant: Grant) =>
    render(
      <QueryClientProvider client={new QueryClient()}>
        <Request grant={grant} />
      </QueryClientProvider>,
    );

  it.each(["approve", "deny"] as const)("sends the comment: %s", async (decision) => {
    const grant = grantOf({});
    showRequest(grant);
    await userEvent.type(screen.getByLabelText("Comment for the record"), " for OPS-7 ");
    const name = decision === "approve" ? /Approve/ : /Deny/;
    await userEvent.click(screen.getByRole("button", { name }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual({
      url: `/api/v1/grants/${grant.id}/${decision}`,
      body: { comment: "for OPS-7" },
    });
  });

  it("takes one key, and none that came too soon", async () => {
    showRequest(grantOf({}));
    await userEvent.keyboard("a");
    expect(sent).toHaveLength(0);
    await settle();
    await userEvent.keyboard("a");
    await userEvent.keyboard("d");
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.url).toMatch(/approve$/);
  });

  it.each([
    ["requester", /Somebody else must decide/],
    ["scope", /other labels/],
    ["author", /wrote the policy/],
  ] as const)("is not offered: %s", async (may_not_decide, why) => {
    showRequest(grantOf({ may_decide: false, may_not_decide }));
    expect(screen.getByText(why)).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
    await settle();
    await userEvent.keyboard("d");
    expect(sent).toHaveLength(0);
  });
});
