import { expect, expectAccessible, shot, test } from "../harness";

test("the theme is chosen and kept", async ({ reviewing: page }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await ground()).toBe("rgb(246, 247, 249)");
  await page.getByRole("button", { name: /Account/ }).click();
  await shot(page, "account");
  await expectAccessible(page);
  await page.getByRole("button", { name: "dark" }).click();
  expect(await ground()).toBe("rgb(15, 18, 24)");
  await page.reload();
  expect(await ground()).toBe("rgb(15, 18, 24)");
  await page.getByRole("button", { name: /Account/ }).click();
  await page.getByRole("button", { name: "auto" }).click();
  expect(await ground()).toBe("rgb(246, 247, 249)");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Sign out" })).toBeHidden();
});

test("? shows the keys, and they can be turned off", async ({ reviewing: page }) => {
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard" });
  await expect(dialog).toBeVisible();
  await shot(page, "help");
  await expectAccessible(page);
  // Keys belong to the dialog while it is open.
  await page.keyboard.press("j");
  await expect(
    page.getByRole("heading", { name: "Delete rows from orders", includeHidden: true }),
  ).toBeAttached();
  await dialog.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.keyboard.press("?");
  await expect(dialog).toBeHidden();
});

test("a lost connection is said, and mended", async ({ reviewing: page, mock, expectedErrors }) => {
  expectedErrors.push(/ERR_INCOMPLETE_CHUNKED_ENCODING|status of 503/);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  mock.broken = /^GET \/live$/;
  mock.dropStreams();
  await expect(page.getByText("What you see may be out of date.")).toBeVisible();
  await shot(page, "offline");
  mock.broken = undefined;
  await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 15_000 });
  await expect(page.getByText("What you see may be out of date.")).toBeHidden();
});

test("everything can be reached with Tab, and the focus is seen", async ({ reviewing: page }) => {
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the page" })).toBeFocused();
  const seen: string[] = [];
  for (let n = 0; n < 40; n += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const at = document.activeElement as HTMLElement;
      // At the end of the page the focus goes to the browser's own controls.
      if (at === document.body) return { name: "", outline: "" };
      return {
        name: at.innerText || at.ariaLabel || at.id,
        outline: getComputedStyle(at).outlineStyle,
      };
    });
    seen.push(focused.name);
    if (focused.name) expect(focused.outline, focused.name).not.toBe("none");
  }
  for (const name of ["Sessions", "Deny", "Approve"]) {
    expect(
      seen.some((each) => each.includes(name)),
      name,
    ).toBe(true);
  }
});

test("an address that leads nowhere says so", async ({ signedIn: page, mock, expectedErrors }) => {
  expectedErrors.push(/status of 404/);
  await page.goto(`${mock.url}/nowhere`);
  await expect(page.getByText("There is no such page.")).toBeVisible();
  await page.goto(`${mock.url}/sessions/019a3c1e-7b5d-7f00-8000-000000000000`);
  await expect(page.getByText("There is no such thing.").first()).toBeVisible();
});
