import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

// With an address the dashboard is tested as that control plane serves it, else against the mock.
const real = process.env.COUNTERSIGN_URL !== undefined;

export default defineConfig({
  testDir: real ? "real" : "tests",
  outputDir: join(tmpdir(), "countersign-web-e2e"),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  reporter: process.env.CI ? "dot" : "list",
  use: {
    browserName: "chromium",
    // A new tab compiles the dashboard anew, which takes longer than most tests. Between tests
    // Playwright clears its cookies, storage and cache; people who sign in get one of their own.
    reuseContext: !real,
    reducedMotion: "reduce",
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    timezoneId: "UTC",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
