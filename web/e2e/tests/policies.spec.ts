import { expect, expectAccessible, shot, test } from "../harness";
import { policyIds } from "../mock/policies";

test.beforeEach(async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/policies/${policyIds.guard}`);
  await expect(page.getByRole("heading", { name: "destructive-guard" })).toBeVisible();
});

test("settings are checked, confirmed and saved", async ({ signedIn: page, mock }) => {
  const settings = page.getByRole("region", { name: "Settings" });
  const save = settings.getByRole("button", { name: "Save" });
  await expect(save).toBeDisabled();
  await settings.getByLabel("Quorum").fill("0");
  await expect(settings.getByText("At least 1.")).toBeVisible();
  await expect(save).toBeDisabled();
  await settings.getByLabel("Quorum").fill("2");
  await expect(settings.getByText("not saved")).toBeVisible();
  await save.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Every edge follows the change at once");
  await shot(page, "policy-confirm");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(settings.getByText("saved", { exact: true })).toBeVisible();
  expect(mock.policy.bindings[0]?.settings).toMatchObject({ quorum: 2, label: "env" });
});

test("the server's complaint stands at its field", async ({ signedIn: page, expectedErrors }) => {
  expectedErrors.push(/status of 422/);
  const settings = page.getByRole("region", { name: "Settings" });
  await settings.getByLabel("Label", { exact: true }).fill("refuse me");
  await settings.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText(
    "The policy refuses this label.",
  );
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await expect(settings.getByLabel("Label", { exact: true })).toHaveAttribute(
    "aria-invalid",
    "true",
  );
});

test("a policy is bound anew and a binding is deleted", async ({ signedIn: page, mock }) => {
  await page.getByRole("button", { name: "Bind…" }).click();
  const form = page.getByRole("region", { name: "New binding" });
  await form.getByLabel("Targets with labels").fill("env=staging");
  await page.keyboard.press("Enter");
  await form.getByRole("button", { name: "Bind", exact: true }).click();
  await expect(page.getByRole("region", { name: "Settings" })).toBeVisible();
  expect(mock.policy.bindings).toHaveLength(3);
  const made = mock.policy.bindings.find((b) => b.selector.targets?.labels?.env === "staging");
  expect(made).toMatchObject({ stage: "shadow", settings: { quorum: 1, expires_in_seconds: 900 } });
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  expect(mock.policy.bindings).toHaveLength(2);
});

test("an upload that is no component is refused in words, a good one opens its page", async ({
  signedIn: page,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 422/);
  await page.getByRole("link", { name: "Policies" }).click();
  await page.getByRole("button", { name: "Upload…" }).click();
  const dialog = page.getByRole("dialog");
  const file = (buffer: Buffer) => ({ name: "guard.wasm", mimeType: "application/wasm", buffer });
  await dialog.getByLabel("Component").setInputFiles(file(Buffer.from("no")));
  await dialog.getByRole("button", { name: "Upload" }).click();
  await expect(dialog.getByRole("alert")).toContainText("This is not a WebAssembly component.");
  await shot(page, "policy-upload-error");
  await dialog
    .getByLabel("Component")
    .setInputFiles(file(Buffer.from("\0asm\x0d\0\x01\0", "latin1")));
  await dialog.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("heading", { name: "destructive-guard" })).toBeVisible();
});

test("a policy is written in Rego, and a fault is found by line", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 422/);
  await page.getByRole("link", { name: "Policies" }).click();
  await page.getByRole("button", { name: "Upload…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "write it in Rego or Cedar" }).click();
  await dialog.getByLabel("Name").fill("no-drops");
  await dialog.getByLabel("What it does").fill("Refuses drops.");
  const text = dialog.getByRole("textbox", { name: "Text", exact: true });
  await text.fill("package policy\n\ndeny oops");
  await dialog.getByRole("button", { name: "Upload" }).click();
  await expect(dialog).toContainText("line 3, column 6 expecting `if`");
  await shot(page, "policy-source-fault");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "line 3, column 6" }).click();
  const at = await text.evaluate((area: HTMLTextAreaElement) => area.selectionStart);
  expect(at).toBe("package policy\n\ndeny ".length);
  await text.fill("package policy\n\ndeny if true");
  await dialog.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("heading", { name: "destructive-guard" })).toBeVisible();
  expect(mock.platform.sources.at(-1)).toMatchObject({ name: "no-drops", language: "rego" });
});

test("who is no admin reads and changes nothing", async ({ signedIn: page, mock }) => {
  mock.user = { ...mock.user, roles: ["auditor"] };
  await page.reload();
  await expect(page.getByLabel("Quorum")).toBeDisabled();
  await expect(page.getByRole("button", { name: /Upload|Bind|Save|Delete/ })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "People" })).toHaveCount(0);
});
