import { describe, expect, it } from "vitest";
import { type Draft, documentOf, formatOf } from "./draft";

const draft = (change: Partial<Draft>): Draft => ({
  name: " owners ",
  format: "json",
  keyColumn: "",
  text: undefined,
  pull: false,
  url: "",
  everySeconds: 300,
  ...change,
});

describe("a document", () => {
  it.each([
    ["of JSON", draft({ text: '{"a":1}' }), { name: "owners", format: "json", content: { a: 1 } }],
    [
      "of CSV",
      draft({ format: "csv", keyColumn: "id", text: "id,x\n1,2" }),
      { name: "owners", format: "csv", key_column: "id", content: "id,x\n1,2" },
    ],
    [
      "that is pulled",
      draft({ pull: true, url: "https://a/b" }),
      { name: "owners", format: "json", pull: { url: "https://a/b", every_seconds: 300 } },
    ],
  ])("%s is sent", (_name, given, body) => expect(documentOf(given)).toEqual({ body }));

  it.each([
    ["no file", draft({}), /Choose a file/],
    ["no JSON", draft({ text: "{" }), /not JSON/],
    ["a list", draft({ text: "[1]" }), /one object/],
    ["no key column", draft({ format: "csv", text: "a" }), /column/],
    ["no address", draft({ pull: true, url: "ftp://a" }), /https/],
  ])("of %s is not", (_name, given, says) => {
    expect(documentOf(given)).toMatchObject({ problem: expect.stringMatching(says) });
  });

  it("is told by its file's name", () => {
    expect(formatOf("a.CSV")).toBe("csv");
    expect(formatOf("a.json")).toBe("json");
  });
});
