import { describe, expect, it } from "vitest";
import { diffLines, laidOut } from "./lines";

const SIGN = { add: "+", del: "-", same: " ", hunk: "" };
const shown = (older: string, newer: string) =>
  diffLines(older, newer).map((line) => SIGN[line.kind] + line.text);

describe("two texts", () => {
  it.each([
    ["equal", "a\nb", "a\nb", [" a", " b"]],
    ["a line added", "a\nc", "a\nb\nc", [" a", "+b", " c"]],
    ["a line changed", "a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
    ["nothing in common", "a", "b", ["-a", "+b"]],
  ])("%s", (_name, older, newer, expected) => expect(shown(older, newer)).toEqual(expected));

  it("are both there where they are too long to compare", () => {
    const many = (word: string) => Array.from({ length: 3000 }, (_, n) => `${word}${n}`).join("\n");
    const lines = diffLines(many("a"), many("b"));
    expect(lines.length).toBe(6000);
    expect(lines[0]).toEqual({ kind: "del", text: "a0", before: 1 });
  });

  it("are laid out first where they are JSON", () => {
    expect(laidOut('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(laidOut("no JSON")).toBe("no JSON");
  });
});
