/** Reads a JSON Schema (2020-12, as schemars writes it) into the few shapes a form can show. What it
 * does not understand becomes `json`, which is edited as text; nothing is dropped. */

import { sentence } from "../text/format";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

interface Meta {
  title?: string;
  help?: string;
  default?: Json;
  nullable?: boolean;
}

export interface Option {
  value: Json;
  label: string;
  help?: string;
}

export interface Field {
  key: string;
  required: boolean;
  node: Node;
}

export interface Variant {
  label: string;
  help?: string;
  /** A variant without a node is the bare value. */
  node?: Node;
  value?: Json;
}

export type Node = Meta &
  (
    | { kind: "string"; minLength?: number; maxLength?: number; pattern?: string }
    | { kind: "number"; integer: boolean; min?: number; max?: number }
    | { kind: "boolean" }
    | { kind: "choice"; options: Option[] }
    | { kind: "list"; item: Node; unique: boolean; minItems?: number; maxItems?: number }
    | { kind: "map"; value: Node }
    | { kind: "object"; fields: Field[]; closed: boolean }
    | { kind: "variant"; variants: Variant[] }
    | { kind: "json" }
  );

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: Json | undefined) => (typeof value === "string" ? value : undefined);
const number = (value: Json | undefined) => (typeof value === "number" ? value : undefined);
const list = (value: Json | undefined) => (Array.isArray(value) ? value : undefined);

/** Deeper than any settings a person would fill in; ends recursive schemas. */
const MAX_DEPTH = 8;

/** `rows_above` reads `Rows above`. */
export function humanize(key: string): string {
  return sentence(key.replaceAll(/[_-]+/g, " ").trim());
}

/** What one of a list is called: `Entities` → `entity`, `Rules` → `rule`. */
export function singular(label: string): string {
  return label
    .toLowerCase()
    .replace(/ies$/, "y")
    .replace(/([^s])s$/, "$1");
}

function resolve(schema: JsonObject, root: JsonObject): JsonObject | undefined {
  let current: JsonObject = schema;
  for (let hops = 0; hops < 16; hops += 1) {
    const all = list(current.allOf);
    const ref = text(current.$ref);
    if (ref?.startsWith("#/")) {
      let found: Json | undefined = root;
      for (const part of ref.slice(2).split("/")) {
        const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
        found = isObject(found) ? found[key] : undefined;
      }
      if (!isObject(found)) return undefined;
      const { $ref: _, ...rest } = current;
      current = { ...found, ...rest };
    } else if (all?.length === 1 && isObject(all[0])) {
      const { allOf: _, ...rest } = current;
      current = { ...all[0], ...rest };
    } else {
      return current;
    }
  }
  return undefined;
}

function typesOf(schema: JsonObject): string[] {
  const type = schema.type;
  if (typeof type === "string") return [type];
  return list(type)?.filter((t) => typeof t === "string") ?? [];
}

const optionOf = (value: Json, schema?: JsonObject): Option => ({
  value,
  label: text(schema?.title) ?? (typeof value === "string" ? value : JSON.stringify(value)),
  help: text(schema?.description),
});

function constants(schema: JsonObject): Option[] | undefined {
  if (schema.const !== undefined) return [optionOf(schema.const, schema)];
  const values = list(schema.enum);
  return values?.map((value) => optionOf(value, values.length === 1 ? schema : undefined));
}

function choices(alternatives: JsonObject[], root: JsonObject, depth: number): Node {
  const known = alternatives.map(constants);
  if (known.every((options) => options !== undefined)) {
    return { kind: "choice", options: known.flat() };
  }
  const variants = alternatives.flatMap((schema, index): Variant[] => {
    const options = known[index];
    if (options) return options;
    const node = read(schema, root, depth + 1);
    const single = node.kind === "object" && node.fields.length === 1 ? node.fields[0] : undefined;
    const label = node.title ?? (single ? humanize(single.key) : `Variant ${index + 1}`);
    return [{ label, help: node.help, node }];
  });
  return variants.some((v) => v.node?.kind === "json")
    ? { kind: "json" }
    : { kind: "variant", variants };
}

function shape(schema: JsonObject, root: JsonObject, depth: number): Node {
  const options = constants(schema);
  if (options) {
    const real = options.filter((o) => o.value !== null);
    return { kind: "choice", options: real, nullable: real.length < options.length };
  }
  const alternatives = list(schema.oneOf) ?? list(schema.anyOf);
  if (alternatives) {
    const resolved = alternatives.map((a) => (isObject(a) ? resolve(a, root) : undefined));
    if (!resolved.every((a) => a !== undefined)) return { kind: "json" };
    const real = resolved.filter((a) => a.type !== "null");
    const nullable = real.length < resolved.length;
    const [first] = real;
    const node = real.length === 1 && first ? read(first, root, depth) : choices(real, root, depth);
    return { ...node, nullable: nullable || node.nullable };
  }
  const types = typesOf(schema);
  const real = types.filter((t) => t !== "null");
  const nullable = real.length < types.length;
  const node = real.length === 1 ? typed(real[0] ?? "", schema, root, depth) : undefined;
  return { ...(node ?? { kind: "json" as const }), nullable };
}

function typed(type: string, schema: JsonObject, root: JsonObject, depth: number): Node {
  switch (type) {
    case "string":
      return {
        kind: "string",
        minLength: number(schema.minLength),
        maxLength: number(schema.maxLength),
        pattern: text(schema.pattern),
      };
    case "integer":
    case "number":
      return {
        kind: "number",
        integer: type === "integer",
        min: number(schema.minimum),
        max: number(schema.maximum),
      };
    case "boolean":
      return { kind: "boolean" };
    case "array": {
      const item = isObject(schema.items) ? read(schema.items, root, depth + 1) : undefined;
      if (!item || schema.prefixItems !== undefined) return { kind: "json" };
      return {
        kind: "list",
        item,
        unique: schema.uniqueItems === true,
        minItems: number(schema.minItems),
        maxItems: number(schema.maxItems),
      };
    }
    case "object":
      return object(schema, root, depth);
    default:
      return { kind: "json" };
  }
}

function object(schema: JsonObject, root: JsonObject, depth: number): Node {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  if (properties.length === 0 && isObject(schema.additionalProperties)) {
    return { kind: "map", value: read(schema.additionalProperties, root, depth + 1) };
  }
  if (properties.length === 0 && schema.additionalProperties !== false) return { kind: "json" };
  const required = new Set(list(schema.required));
  return {
    kind: "object",
    closed: schema.additionalProperties === false,
    fields: properties.map(([key, property]) => ({
      key,
      required: required.has(key),
      node: isObject(property) ? read(property, root, depth + 1) : { kind: "json" },
    })),
  };
}

function read(schema: JsonObject, root: JsonObject, depth: number): Node {
  const resolved = depth > MAX_DEPTH ? undefined : resolve(schema, root);
  if (!resolved) return { kind: "json" };
  const node = shape(resolved, root, depth);
  return {
    ...node,
    title: text(resolved.title) ?? node.title,
    help: text(resolved.description) ?? node.help,
    default: resolved.default ?? node.default,
  };
}

/** The form's shape for a settings schema. */
export function readSchema(schema: Json | undefined): Node {
  if (!isObject(schema)) return { kind: "json" };
  const { title: _, ...node } = read(schema, schema, 0);
  return node as Node;
}
