import { describe, expect, it } from "vitest";
import { diffValues, readUnified, showPath, showValue } from "./diff";

describe("a unified diff", () => {
  it("is read with the line numbers of both sides", () => {
    const text = [
      "--- v7",
      "+++ v8",
      "@@ -3,3 +3,4 @@",
      " package guard",
      "-default deny := false",
      "+default deny := true",
      "+# why",
      " end",
      "\\ No newline at end of file",
      "",
    ].join("\n");
    expect(readUnified(text)).toEqual([
      { kind: "hunk", text: "@@ -3,3 +3,4 @@" },
      { kind: "same", text: "package guard", before: 3, after: 3 },
      { kind: "del", text: "default deny := false", before: 4 },
      { kind: "add", text: "default deny := true", after: 4 },
      { kind: "add", text: "# why", after: 5 },
      { kind: "same", text: "end", before: 5, after: 6 },
    ]);
  });

  it("takes a removed line of dashes for what it is", () => {
    expect(readUnified("@@ -1 +1 @@\n--- a comment\n++++ b")).toEqual([
      { kind: "hunk", text: "@@ -1 +1 @@" },
      { kind: "del", text: "-- a comment", before: 1 },
      { kind: "add", text: "+++ b", after: 1 },
    ]);
  });

  it("of nothing has no lines", () => expect(readUnified("")).toEqual([]));
});

describe("values", () => {
  it.each([
    ["the same", { a: 1 }, { a: 1 }, []],
    ["one changed", { a: 1, b: 2 }, { a: 1, b: 3 }, [{ path: "/b", before: 2, after: 3 }]],
    ["one added", {}, { a: null }, [{ path: "/a", before: undefined, after: null }]],
    ["one taken away", { a: "x" }, {}, [{ path: "/a", before: "x", after: undefined }]],
    [
      "deep",
      { a: { b: [1] } },
      { a: { b: [1, 2] } },
      [{ path: "/a/b", before: [1], after: [1, 2] }],
    ],
    ["another kind", { a: 1 }, [1], [{ path: "", before: { a: 1 }, after: [1] }]],
    ["a key with a slash", { "a/b": 1 }, { "a/b": 2 }, [{ path: "/a~1b", before: 1, after: 2 }]],
  ])("%s", (_name, before, after, changes) => {
    expect(diffValues(before, after)).toEqual(changes);
  });

  it("are shown in a line", () => {
    expect(showValue("text")).toBe("text");
    expect(showValue(["a", 1])).toBe('["a",1]');
    expect(showValue(undefined)).toBe("");
    expect(showPath("/settings/a~1b/0")).toBe("settings.a/b.0");
  });
});
