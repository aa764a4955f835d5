import { describe, expect, it } from "vitest";
import { hintsFor, TARGET_KINDS } from "./targets";

describe("how to connect", () => {
  it.each(TARGET_KINDS)("names the target: %s", (kind) => {
    const hints = hintsFor(kind, "shop-eu");
    expect(hints.length).toBeGreaterThan(0);
    expect(hints[0]?.text).toContain("shop-eu");
  });

  it("gives MCP clients JSON", () => {
    const [first] = hintsFor("mcp", "tools");
    expect(JSON.parse(first?.text ?? "")).toHaveProperty("mcpServers.tools.url");
  });
});
