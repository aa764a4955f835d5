import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.COUNTERSIGN_API ?? "http://127.0.0.1:7400";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // A data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
  server: {
    proxy: { "/api": { target: api, changeOrigin: false } },
  },
  test: {
    setupFiles: ["./vitest.setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // A machine that builds something else at the same time is no fault of a test.
    testTimeout: 20_000,
  },
});
