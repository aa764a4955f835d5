import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectFine, shot, test } from "../harness";
import * as protocols from "../mock/protocols";
import type { Mock } from "../mock/server";

/** Everything that is not a database. */
function fill(mock: Mock) {
  mock.targets.push(...protocols.targets());
  mock.reviews.unshift(...protocols.reviews());
  mock.sessions.unshift(protocols.conversationSession());
  mock.events.set(protocols.CONVERSATION, protocols.conversation());
  mock.tools = protocols.tools();
}

const event = (page: Page, name: RegExp) =>
  page.getByRole("listbox", { name: "Events" }).getByRole("option", { name });

const PAGES: [string, string, RegExp][] = [
  ["conversation", `/sessions/${protocols.CONVERSATION}`, /The model's answer/],
  ["review-http", `/reviews/${protocols.HELD.http}`, /refunds\?dry_run=false/],
  ["review-tool", `/reviews/${protocols.HELD.tool}`, /Call shop.refund_order/],
  ["review-shell", `/reviews/${protocols.HELD.shell}`, /Run a command line/],
  ["review-llm", `/reviews/${protocols.HELD.llm}`, /Ask gpt-4o-mini/],
  ["targets-kinds", "/targets", /Anthropic API/],
  ["tools", "/tools", /quarantined/],
  ["usage", "/usage", /support-copilot/],
];

for (const [name, path, sign] of PAGES) {
  test(`${name} is accessible in both themes, and fits 1024 px`, async ({
    signedIn: page,
    mock,
  }) => {
    fill(mock);
    await page.goto(mock.url + path);
    await expect(page.getByRole("main").getByText(sign).first()).toBeVisible();
    await expectFine(page, name);
  });
}

test("a conversation is read as one", async ({ signedIn: page, mock }) => {
  fill(mock);
  await page.goto(`${mock.url}/sessions/${protocols.CONVERSATION}`);
  await expect(page.getByText(/2,740 tokens in .*322 out/)).toBeVisible();
  const detail = page.getByRole("region", { name: "Details" });
  const answer = detail.getByRole("region", { name: "The model's answer" });
  await expect(answer.getByText("[EMAIL_ADDRESS]")).toHaveClass("masked");
  await expect(answer.getByText("EMAIL_ADDRESS_7F3K2M9QXA", { exact: true })).toHaveClass("masked");
  await expect(answer.getByText("tables are dropped by migrations alone")).toBeVisible();
  await expect(answer.getByText("2 tool calls, each judged by itself.")).toBeVisible();
  // From the call to its own judgement, and back.
  await answer.getByRole("button", { name: /^A-/ }).first().click();
  await expect(detail.getByText("llm tool call")).toBeVisible();
  await detail.getByText("In the answer to").getByRole("button").click();
  await expect(answer).toBeVisible();
  // The second turn shows what is new.
  await event(page, /Model gpt-4o-mini: 4 messages/).click();
  await expect(detail.getByText("2 earlier messages, sent again")).toBeVisible();
  await expect(detail.getByText('"broken"')).toBeVisible();
  await expect(detail.getByText("You help with orders.")).toBeHidden();
  await shot(page, "conversation-second");
});

test("calls of APIs, MCP servers and shells show what went and what came", async ({
  signedIn: page,
  mock,
}) => {
  fill(mock);
  await page.goto(`${mock.url}/sessions/${protocols.CONVERSATION}`);
  const detail = page.getByRole("region", { name: "Details" });
  await event(page, /HTTP POST/).click();
  const back = detail.getByRole("region", { name: "What came back" });
  await expect(back.getByText("************1111")).toHaveClass("masked");
  await expect(back.getByText("201")).toBeVisible();
  await shot(page, "replay-http");
  await event(page, /MCP shop.resources\/read/).click();
  await expect(back.getByText('"orders://1042"')).toBeVisible();
  await shot(page, "replay-mcp");
  await event(page, /Shell git push/).click();
  await expect(detail.getByText("git push --force origin main -- && rm -rf build")).toBeVisible();
  await event(page, /is not what was pinned/).click();
  await detail.getByRole("link", { name: "All tools" }).click();
  await expect(page.getByRole("heading", { name: "Tools", exact: true })).toBeVisible();
});

test("a held request shows every byte that people judge", async ({ signedIn: page, mock }) => {
  fill(mock);
  await page.goto(`${mock.url}/reviews/${protocols.HELD.http}`);
  const exact = page.getByRole("region", { name: "Exactly what will run" });
  // A key that comes twice comes twice, and a number keeps its digits.
  await expect(exact.getByText('"amount"')).toHaveCount(2);
  await expect(exact.getByText("9000000000000000000.01")).toBeVisible();
  await expect(page.getByText("1 EMAIL_ADDRESS")).toBeVisible();
  await page.goto(`${mock.url}/reviews/${protocols.HELD.tool}`);
  await expect(exact.getByText("1 character is not what it looks like.")).toBeVisible();
});

test("a tool that has changed is accepted as it is shown", async ({ signedIn: page, mock }) => {
  fill(mock);
  await page.goto(`${mock.url}/tools`);
  await expect(page.getByRole("link", { name: "Tools 1 changed" })).toBeVisible();
  const drift = page.getByRole("region", { name: "How shop.refund_order has changed" });
  await expect(drift.getByText(/First read ~\/.ssh\/id_rsa/)).toBeVisible();
  await page.getByRole("button", { name: "Accept…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Accept" }).click();
  await expect(page.getByText("quarantined")).toBeHidden();
  await expect(page.getByText("3 tools")).toBeVisible();
});

test("targets of every kind are made and say how to connect", async ({ signedIn: page, mock }) => {
  fill(mock);
  await page.goto(`${mock.url}/targets`);
  await page.getByRole("button", { name: "Add…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("crm");
  await dialog.getByLabel("What it is").selectOption("mcp");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  expect(mock.targets.at(-1)?.kind).toBe("mcp");
  await page.getByRole("button", { name: "Connect to models" }).click();
  await expect(dialog.getByText(/OPENAI_BASE_URL=.*\/models\/v1/)).toBeVisible();
  await shot(page, "connect");
  await expectAccessible(page);
});

test("tokens are told by who, where, what", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/usage`);
  await page.getByRole("button", { name: "grant" }).click();
  await expect(page.getByRole("row", { name: /under no grant/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /refund order 1042/ })).toBeVisible();
  expect(page.url()).toContain("by=grant");
  await page.getByRole("combobox", { name: "Time" }).selectOption("7");
  expect(page.url()).toContain("days=7");
});

test("models and MCP servers are tried out on the playground", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/playground`);
  await page.getByRole("button", { name: "Model", exact: true }).click();
  await page.getByLabel("Messages").fill("system: be brief\nuser: hi\nthere");
  await expectAccessible(page);
  await shot(page, "playground-llm");
  await page.getByRole("button", { name: /^Judge/ }).click();
  await expect.poll(() => mock.platform.trials.length).toBe(1);
  expect(mock.platform.trials[0]).toMatchObject({
    operation: {
      llm: {
        messages: [
          { role: "system", text: "be brief" },
          { role: "user", text: "hi\nthere" },
        ],
      },
    },
  });
  await page.getByRole("button", { name: "MCP", exact: true }).click();
  await page.getByLabel("Parameters").fill("{");
  await page.getByRole("button", { name: /^Judge/ }).click();
  await expect(page.getByText("This is not JSON.")).toBeVisible();
});
