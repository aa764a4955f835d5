import { describe, expect, it } from "vitest";
import { layOut } from "./json";

const text = (json: string) =>
  layOut(json)
    ?.map((token) => token.text)
    .join("");

describe("JSON laid out", () => {
  it.each([
    ["an object", '{"a":1,"b":[true,null]}', '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ]\n}'],
    ["what is empty", ' { "a" : {} , "b": [ ] } ', '{\n  "a": {},\n  "b": []\n}'],
    ["one value", ' "x" ', '"x"'],
    ["a list of objects", '[{"a":1},{}]', '[\n  {\n    "a": 1\n  },\n  {}\n]'],
  ])("has a line a value: %s", (_name, json, expected) => expect(text(json)).toBe(expected));

  it.each([
    ["a number beyond a double's digits", "[12345678901234567890.10]"],
    ["an exponent", "[1E+2]"],
    ["a key that comes twice", '{"amount":1,"amount":9000}'],
    ["escapes", '["\\u202e\\/\\""]'],
  ])("keeps %s", (_name, json) => expect(text(json)?.replaceAll(/\n\s*|(?<=:) /g, "")).toBe(json));

  it.each([
    ["no JSON", "order=1042"],
    ["half of it", '{"a":'],
    ["two values", "1 2"],
    ["nothing", ""],
    ["what is nested without end", `${"[".repeat(100)}${"]".repeat(100)}`],
  ])("leaves %s alone", (_name, json) => expect(layOut(json)).toBeUndefined());

  it("tells keys from strings", () => {
    const kinds = layOut('{"a":"b"}')?.filter((token) => token.kind !== "plain");
    expect(kinds).toEqual([
      { kind: "key", text: '"a"' },
      { kind: "string", text: '"b"' },
    ]);
  });
});
