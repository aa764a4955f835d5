/** A standard MCP client that knows nothing but a server's address: it is refused, finds the control
 * plane by the edge's metadata, and opens the browser. `COUNTERSIGN_MCP` is the server at the edge; the
 * client is crates/test-support/mcp/signin.mjs, the TypeScript SDK's own. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { expect, expectFine, test } from "../base";
import { atProvider, expectForeignErrors, url, withProvider } from "./provider";

const server = process.env.COUNTERSIGN_MCP ?? "";

test.skip(!server, "this control plane has no edge with an MCP server");

test.beforeEach(({ expectedErrors }) => expectForeignErrors(expectedErrors));

/** What the client prints: the page that it wants opened, then what it saw. */
function startClient() {
  const cwd = fileURLToPath(new URL("../../../crates/test-support/mcp", import.meta.url));
  const client = spawn("node", ["signin.mjs", server], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  client.stderr.on("data", (piece) => {
    complaint += piece;
  });
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const next = await lines.next();
    if (next.done) throw new Error(`the client said nothing: ${complaint}`);
    return next.value;
  };
  return {
    page: async () => (await line()).replace(/^open /, ""),
    saw: async () => JSON.parse(await line()),
    stop: () => client.kill(),
  };
}

/** Opens what the client asks for, and signs in on the way. */
async function open(page: Page, asked: string) {
  await page.goto(asked);
  await withProvider(page).click();
  await atProvider(page, "mia");
  const title = page.getByRole("heading", { name: "Sign in an MCP client?" });
  await expect(title).toBeVisible();
}

test("a client gets what its person allows, and lists tools with it", async ({ page }) => {
  const client = startClient();
  const asked = new URL(await client.page());
  expect(asked.origin + asked.pathname).toBe(`${url}/authorize`);
  expect(asked.searchParams.get("client_id")).toBe("countersign-mcp");
  expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
  await open(page, asked.href);
  // Who asks, as whom, for what, and where it waits.
  await expect(page.getByText("An MCP client on this machine")).toBeVisible();
  await expect(page.getByText("mia@example.com")).toBeVisible();
  await expect(page.getByText(server, { exact: true })).toBeVisible();
  const redirect = new URL(asked.searchParams.get("redirect_uri") ?? "");
  await expect(page.getByText(redirect.host)).toBeVisible();
  await expectFine(page, "oidc-mcp-consent");

  await page.getByRole("button", { name: "Allow" }).click();
  await expect(page.getByText("You are signed in.")).toBeVisible();
  const { tools, echo, client: id } = await client.saw();
  expect(id).toBe("countersign-mcp");
  expect(tools).toContain("echo");
  expect(JSON.stringify(echo)).toContain("signed in");
  client.stop();
});

test("a client gets nothing where its person cancels", async ({ page }) => {
  const client = startClient();
  await open(page, await client.page());
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await client.saw()).toEqual({ refused: "access_denied", code: null });
  client.stop();
});
