import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function token(name: string, theme: "light" | "dark"): string {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  const value = found?.[theme === "light" ? 1 : 2];
  if (!value) throw new Error(`no colour --${name}`);
  return value;
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["bg", "panel", "accent-bg"];
const VERDICTS = ["allow", "mask", "review", "deny", "shadow"];

describe.each(["light", "dark"] as const)("in %s", (theme) => {
  const pairs = [
    ...["ink", "ink2", "ink3", "accent", ...VERDICTS].flatMap((text) =>
      GROUNDS.map((ground) => [text, ground]),
    ),
    // Rows under the pointer.
    ...["ink", "ink2", "ink3", "accent"].map((text) => [text, "line2"]),
    ...VERDICTS.map((verdict) => [verdict, `${verdict}-bg`]),
    ["on-accent", "accent"],
    ["on-allow", "allow"],
    ["on-review", "review"],
    ["on-deny", "deny"],
  ] as [string, string][];

  it.each(pairs)("%s is readable on %s", (text, ground) => {
    expect(contrast(token(text, theme), token(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it("the frame of a control can be seen", () => {
    for (const ground of ["bg", "panel"]) {
      expect(contrast(token("edge", theme), token(ground, theme))).toBeGreaterThanOrEqual(3);
    }
  });
});
