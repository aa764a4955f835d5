/** Values of a schema form: where they start, and what is wrong with them. */

import { isObject, type Json, type JsonObject, type Node, type Variant } from "./node";

/** A value to start from: the schema's default, else the least that the schema takes. */
export function initialValue(node: Node): Json {
  if (node.default !== undefined) return node.default;
  if (node.nullable) return null;
  switch (node.kind) {
    case "string":
      return "";
    case "number":
      return Math.max(node.min ?? 0, Math.min(0, node.max ?? 0));
    case "boolean":
      return false;
    case "choice":
      return node.options[0]?.value ?? null;
    case "list":
      return [];
    case "object": {
      const fields = node.fields.filter((f) => f.required || f.node.default !== undefined);
      return Object.fromEntries(fields.map((f) => [f.key, initialValue(f.node)]));
    }
    case "variant":
      return node.variants[0] ? variantValue(node.variants[0]) : null;
    default:
      return {};
  }
}

/** A value for something that was not set and is to be. */
export function presentValue(node: Node): Json {
  return initialValue({ ...node, nullable: false, default: node.default ?? undefined });
}

export function variantValue(variant: Variant): Json {
  return variant.node ? initialValue(variant.node) : (variant.value ?? null);
}

/** The variant that `value` is written in; -1 where none fits. */
export function variantIndex(variants: Variant[], value: Json): number {
  return variants.findIndex((variant) => {
    if (!variant.node) return same(variant.value ?? null, value);
    if (variant.node.kind === "object" && isObject(value)) {
      const { fields, closed } = variant.node;
      return (
        fields.every((f) => !f.required || f.key in value) &&
        (!closed || Object.keys(value).every((key) => fields.some((f) => f.key === key)))
      );
    }
    return fits(variant.node, value);
  });
}

function fits(node: Node, value: Json): boolean {
  return check(node, value, "").length === 0;
}

export function same(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export interface Complaint {
  /** JSON pointer (RFC 6901) of the value. */
  pointer: string;
  message: string;
}

export const pointerTo = (parent: string, key: string | number) =>
  `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;

function checkString(node: Extract<Node, { kind: "string" }>, value: Json): string | undefined {
  if (typeof value !== "string") return "Must be text.";
  const length = [...value].length;
  if (length < (node.minLength ?? 0)) {
    return node.minLength === 1 ? "Must not be empty." : `At least ${node.minLength} characters.`;
  }
  if (length > (node.maxLength ?? Number.POSITIVE_INFINITY))
    return `At most ${node.maxLength} characters.`;
  if (node.pattern !== undefined && !matches(node.pattern, value))
    return `Must match ${node.pattern}.`;
  return undefined;
}

/** A pattern this browser cannot compile is left to the server. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function checkNumber(node: Extract<Node, { kind: "number" }>, value: Json): string | undefined {
  if (typeof value !== "number") return "Must be a number.";
  if (node.integer && !Number.isInteger(value)) return "Must be a whole number.";
  if (value < (node.min ?? Number.NEGATIVE_INFINITY)) return `At least ${node.min}.`;
  if (value > (node.max ?? Number.POSITIVE_INFINITY)) return `At most ${node.max}.`;
  return undefined;
}

function checkList(
  node: Extract<Node, { kind: "list" }>,
  value: Json,
  pointer: string,
): Complaint[] {
  if (!Array.isArray(value)) return [{ pointer, message: "Must be a list." }];
  const complaints: Complaint[] = [];
  if (value.length < (node.minItems ?? 0)) {
    complaints.push({ pointer, message: `At least ${node.minItems}.` });
  }
  if (value.length > (node.maxItems ?? Number.POSITIVE_INFINITY)) {
    complaints.push({ pointer, message: `At most ${node.maxItems}.` });
  }
  if (node.unique && new Set(value.map((v) => JSON.stringify(v))).size < value.length) {
    complaints.push({ pointer, message: "No value twice." });
  }
  return complaints.concat(
    value.flatMap((item, i) => check(node.item, item, pointerTo(pointer, i))),
  );
}

function checkObject(
  node: Extract<Node, { kind: "object" }>,
  value: JsonObject,
  pointer: string,
): Complaint[] {
  const complaints = node.fields.flatMap((field): Complaint[] => {
    const at = pointerTo(pointer, field.key);
    const inner = value[field.key];
    if (inner !== undefined) return check(field.node, inner, at);
    return field.required ? [{ pointer: at, message: "Required." }] : [];
  });
  const unknown = node.closed
    ? Object.keys(value).filter((key) => !node.fields.some((f) => f.key === key))
    : [];
  return complaints.concat(
    unknown.map((key) => ({ pointer: pointerTo(pointer, key), message: "Not a setting." })),
  );
}

/** What is wrong with `value`, by JSON pointer. The server has the last word. */
export function check(node: Node, value: Json, pointer = ""): Complaint[] {
  if (value === null && node.nullable) return [];
  const one = (message: string | undefined) => (message ? [{ pointer, message }] : []);
  switch (node.kind) {
    case "string":
      return one(checkString(node, value));
    case "number":
      return one(checkNumber(node, value));
    case "boolean":
      return one(typeof value === "boolean" ? undefined : "Must be yes or no.");
    case "choice":
      return one(
        node.options.some((o) => same(o.value, value)) ? undefined : "Not one of the choices.",
      );
    case "list":
      return checkList(node, value, pointer);
    case "map":
      if (!isObject(value)) return one("Must be a list of names with values.");
      return Object.entries(value).flatMap(([key, inner]) =>
        check(node.value, inner, pointerTo(pointer, key)),
      );
    case "object":
      return isObject(value) ? checkObject(node, value, pointer) : one("Must be an object.");
    case "variant": {
      const variant = node.variants[variantIndex(node.variants, value)];
      if (!variant) return one("Not one of the choices.");
      return variant.node ? check(variant.node, value, pointer) : [];
    }
    default:
      return [];
  }
}

/** `value` with the key set, or removed for `undefined`. */
export function withKey(value: JsonObject, key: string, inner: Json | undefined): JsonObject {
  const { [key]: _, ...rest } = value;
  if (inner === undefined) return rest;
  // An existing key keeps its place.
  return key in value ? { ...value, [key]: inner } : { ...rest, [key]: inner };
}
