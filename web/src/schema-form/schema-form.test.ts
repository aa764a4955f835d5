import { describe, expect, it } from "vitest";
import { humanize, type Json, readSchema, singular } from "./node";
import { check, initialValue, variantIndex, withKey } from "./value";

// As schemars 1 writes a settings struct.
const schema: Json = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Settings",
  type: "object",
  properties: {
    hold: {
      description: "Classes that are held.",
      type: "array",
      items: { $ref: "#/$defs/Class" },
      default: ["destructive"],
      uniqueItems: true,
    },
    environments: {
      type: "array",
      items: { type: "string", minLength: 1 },
      default: ["production"],
    },
    rows: {
      title: "Rows above which a write is held",
      type: "integer",
      format: "uint32",
      minimum: 1,
      maximum: 1000,
      default: 100,
    },
    note: { type: ["string", "null"] },
    style: { $ref: "#/$defs/Style", description: "How it looks." },
    fallback: { anyOf: [{ $ref: "#/$defs/Style" }, { type: "null" }] },
    rules: { type: "array", items: { $ref: "#/$defs/Rule" }, default: [] },
    labels: { type: "object", additionalProperties: { type: "string" } },
    anything: true,
    strict: { type: "boolean", default: false },
  },
  required: ["style"],
  additionalProperties: false,
  $defs: {
    Class: {
      oneOf: [
        { const: "write", description: "Row changes." },
        { const: "destructive", type: "string" },
      ],
    },
    Style: {
      oneOf: [
        { type: "string", enum: ["redact", "null"] },
        {
          description: "Keeps the last n.",
          type: "object",
          properties: { partial: { type: "integer", minimum: 0, maximum: 255 } },
          required: ["partial"],
          additionalProperties: false,
        },
      ],
    },
    Rule: {
      type: "object",
      properties: { table: { type: "string" }, style: { $ref: "#/$defs/Style" } },
      required: ["table", "style"],
    },
  },
};
const node = readSchema(schema);
const field = (key: string) => {
  if (node.kind !== "object") throw new Error("not an object");
  const found = node.fields.find((f) => f.key === key);
  if (!found) throw new Error(`no ${key}`);
  return found;
};

describe("readSchema", () => {
  it.each([
    ["hold", "list"],
    ["rows", "number"],
    ["note", "string"],
    ["style", "variant"],
    ["fallback", "variant"],
    ["rules", "list"],
    ["labels", "map"],
    ["anything", "json"],
    ["strict", "boolean"],
  ])("%s is a %s", (key, kind) => expect(field(key).node.kind).toBe(kind));

  it("reads documented enums as choices", () => {
    const { node: hold } = field("hold");
    expect(hold.kind === "list" && hold.item).toMatchObject({
      kind: "choice",
      options: [{ value: "write", help: "Row changes." }, { value: "destructive" }],
    });
  });

  it("keeps titles, help, limits and nullability", () => {
    expect(field("rows").node).toMatchObject({
      title: "Rows above which a write is held",
      min: 1,
      max: 1000,
    });
    expect(field("style").node.help).toBe("How it looks.");
    expect(field("note").node.nullable).toBe(true);
    expect(field("fallback").node.nullable).toBe(true);
    expect(field("style").required).toBe(true);
  });

  it("reads tagged variants", () => {
    const { node: style } = field("style");
    if (style.kind !== "variant") throw new Error("no variant");
    expect(style.variants.map((v) => v.label)).toEqual(["redact", "null", "Partial"]);
    expect(variantIndex(style.variants, { partial: 4 })).toBe(2);
    expect(variantIndex(style.variants, "null")).toBe(1);
    expect(variantIndex(style.variants, "other")).toBe(-1);
  });

  it.each<[string, Json]>([
    ["no schema", null],
    ["a reference to nowhere", { $ref: "#/$defs/none" }],
    ["a circle", { $ref: "#" }],
    ["a tuple", { type: "array", prefixItems: [{ type: "string" }] }],
    ["several types", { type: ["string", "integer"] }],
  ])("%s is edited as JSON", (_name, odd) => expect(readSchema(odd).kind).toBe("json"));

  it("ends a recursive schema", () => {
    const tree = { type: "object", properties: { next: { $ref: "#" } } };
    expect(() => readSchema(tree)).not.toThrow();
  });

  it("names fields for people", () => {
    expect(humanize("rows_above")).toBe("Rows above");
    expect(["Entities", "Rules", "Address"].map(singular)).toEqual(["entity", "rule", "address"]);
  });
});

describe("values", () => {
  it("starts from the defaults and what is required", () => {
    expect(initialValue(node)).toEqual({
      hold: ["destructive"],
      environments: ["production"],
      rows: 100,
      rules: [],
      style: "redact",
      strict: false,
    });
  });

  const good = { style: "redact" };
  it.each<[string, Json, [string, string][]]>([
    ["the least", good, []],
    ["null for an option", { ...good, note: null, fallback: null }, []],
    ["a missing field", {}, [["/style", "Required."]]],
    ["a number too large", { ...good, rows: 1001 }, [["/rows", "At most 1000."]]],
    ["a number too small", { ...good, rows: 0 }, [["/rows", "At least 1."]]],
    ["a fraction", { ...good, rows: 1.5 }, [["/rows", "Must be a whole number."]]],
    ["text for a number", { ...good, rows: "1" }, [["/rows", "Must be a number."]]],
    ["an unknown choice", { ...good, hold: ["nope"] }, [["/hold/0", "Not one of the choices."]]],
    ["a choice twice", { ...good, hold: ["write", "write"] }, [["/hold", "No value twice."]]],
    ["empty text", { ...good, environments: [""] }, [["/environments/0", "Must not be empty."]]],
    ["a wrong variant", { style: "bold" }, [["/style", "Not one of the choices."]]],
    ["inside a variant", { style: { partial: 999 } }, [["/style/partial", "At most 255."]]],
    [
      "inside a list of objects",
      { ...good, rules: [{ table: "a" }] },
      [["/rules/0/style", "Required."]],
    ],
    ["inside a map", { ...good, labels: { "a/b": 1 } }, [["/labels/a~1b", "Must be text."]]],
    ["an unknown setting", { ...good, extra: 1 }, [["/extra", "Not a setting."]]],
    ["no object", [], [["", "Must be an object."]]],
  ])("%s", (_name, value, expected) => {
    expect(check(node, value).map((c) => [c.pointer, c.message])).toEqual(expected);
  });

  it("sets and removes keys in place", () => {
    expect(Object.keys(withKey({ a: 1, b: 2 }, "a", 3))).toEqual(["a", "b"]);
    expect(withKey({ a: 1 }, "a", undefined)).toEqual({});
    expect(withKey({}, "a", null)).toEqual({ a: null });
  });
});
