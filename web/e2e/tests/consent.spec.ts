import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  expect,
  expectAccessible,
  expectFine,
  expectNoSidewaysScroll,
  shot,
  test,
} from "../harness";

/** With an icon, else the browser asks for one when the command line is gone. */
const ANSWER = '<title>ok</title><link rel="icon" href="data:,">back to the terminal';

/** What the command line does: it listens on this machine for the answer. */
async function listen() {
  const seen: URL[] = [];
  const server = createServer((request, response) => {
    seen.push(new URL(request.url ?? "/", "http://127.0.0.1"));
    response.writeHead(200, { "content-type": "text/html" }).end(ANSWER);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const answers = () => seen.filter((url) => url.pathname === "/callback");
  return { answers, address: `http://127.0.0.1:${port}/callback`, stop: () => server.close() };
}

const request = (redirect: string) =>
  `/authorize?${new URLSearchParams({
    response_type: "code",
    client_id: "countersign-cli",
    redirect_uri: redirect,
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    state: "af0ifjsldkj",
  })}`;

test("the command line is allowed, and gets its code", async ({ signedIn: page, mock }) => {
  const cli = await listen();
  await page.goto(mock.url + request(cli.address));
  await expect(page.getByRole("heading", { name: "Sign in the command line?" })).toBeVisible();
  await expect(page.getByText("dana@example.com")).toBeVisible();
  await shot(page, "authorize");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Allow" }).click();
  await expect.poll(() => cli.answers().length).toBe(1);
  const [answer] = cli.answers();
  expect(Object.fromEntries(answer?.searchParams ?? [])).toEqual({
    code: "once",
    state: "af0ifjsldkj",
  });
  expect(mock.identity.authorized).toEqual([
    {
      client_id: "countersign-cli",
      redirect_uri: cli.address,
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      state: "af0ifjsldkj",
    },
  ]);
  await expect(page.getByText("back to the terminal")).toBeVisible();
  cli.stop();
});

test("an MCP client is allowed at the one target that it names", async ({
  signedIn: page,
  mock,
}) => {
  const client = await listen();
  const resource = "https://edge.example:6480/tickets";
  const asked = request(client.address).replace("countersign-cli", "countersign-mcp");
  await page.goto(`${mock.url}${asked}&${new URLSearchParams({ resource })}`);
  await expect(page.getByRole("heading", { name: "Sign in an MCP client?" })).toBeVisible();
  await expect(page.getByText(resource, { exact: true })).toBeVisible();
  await expectFine(page, "authorize-mcp");
  await page.getByRole("button", { name: "Allow" }).click();
  await expect.poll(() => client.answers().length).toBe(1);
  expect(mock.identity.authorized).toMatchObject([{ client_id: "countersign-mcp", resource }]);
  await expect(page.getByText("back to the terminal")).toBeVisible();
  client.stop();
});

test("cancelling tells the command line, and gives it nothing", async ({
  signedIn: page,
  mock,
}) => {
  const cli = await listen();
  await page.goto(mock.url + request(cli.address));
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect.poll(() => cli.answers().length).toBe(1);
  const [answer] = cli.answers();
  expect(answer?.searchParams.get("error")).toBe("access_denied");
  expect(mock.identity.authorized).toEqual([]);
  await expect(page.getByText("back to the terminal")).toBeVisible();
  cli.stop();
});

for (const [name, address] of [
  ["another machine", request("https://evil.example/callback")],
  ["nowhere", "/authorize?response_type=code&client_id=countersign-cli"],
  ["a plain challenge", request("http://127.0.0.1:9/callback").replace("S256", "plain")],
] as const) {
  test(`a request to ${name} is not offered`, async ({ signedIn: page, mock }) => {
    await page.goto(mock.url + address);
    await expect(page.getByRole("heading", { name: "This request is not whole" })).toBeVisible();
    await expect(page.getByRole("button")).toHaveCount(0);
    await expectAccessible(page);
  });
}

test("who is not signed in signs in first, and comes back", async ({
  page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 401/);
  await page.goto(`${mock.url}/device?user_code=WDJB-MJHT`);
  await page.waitForURL("**/sign-in?*");
  const next = new URL(page.url()).search;
  await page.goto(`${mock.url}/sign-in${next}#token=csl_good`);
  await expect(page.getByText("WDJB-MJHT")).toBeVisible();
});

test("a device is signed in by the code that it shows", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/device`);
  await page.getByLabel("Code").fill("wdjb mjht");
  await shot(page, "device-code");
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(page.getByText("WDJB-MJHT")).toBeVisible();
  await expect(page.getByText("If somebody sent you this code, refuse")).toBeVisible();
  await shot(page, "device");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Allow" }).click();
  await expect(page.getByRole("heading", { name: "It is signed in" })).toBeVisible();
  expect(mock.identity.device).toBe("approve");
});

test("a device is refused, and a wrong code says so", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 404/);
  await page.goto(`${mock.url}/device?user_code=AAAA-BBBB`);
  await expect(page.getByRole("alert")).toContainText("unknown, used, or has expired");
  await page.getByRole("button", { name: "Type another code" }).click();
  await page.getByLabel("Code").fill("WDJB-MJHT");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Refuse" }).click();
  await expect(page.getByRole("heading", { name: "It was refused" })).toBeVisible();
  expect(mock.identity.device).toBe("deny");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 } });

  test("a device is signed in", async ({ page, mock, expectedErrors }) => {
    expectedErrors.push(/status of 401/);
    await page.goto(`${mock.url}/sign-in?next=%2Fdevice%3Fuser_code%3DWDJB-MJHT#token=csl_good`);
    await expect(page.getByRole("button", { name: "Allow" })).toBeInViewport();
    await shot(page, "phone-device");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
});
