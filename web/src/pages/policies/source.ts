/** A policy that is a text, as it is being written. */

import type { CreateSource, Policy } from "../../api/types";
import { isObject, type Json } from "../../schema-form/node";

export interface SourceDraft {
  name: string;
  version: string;
  description: string;
  language: "rego" | "cedar";
  text: string;
  operations: string[];
  /** JSON. */
  schema: string;
  changelog: string;
}

const EMPTY_SCHEMA = { type: "object", properties: {} };

/** `1.8.0` is followed by `1.8.1`. */
export function nextVersion(version: string): string {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  return match ? `${match[1]}.${match[2]}.${Number(match[3]) + 1}` : version;
}

export function sourceDraft(policy?: Policy, text = ""): SourceDraft {
  const { manifest } = policy ?? {};
  return {
    name: policy?.name ?? "",
    version: manifest ? nextVersion(manifest.version) : "0.1.0",
    description: manifest?.description ?? "",
    language: policy?.versions[0]?.language === "cedar" ? "cedar" : "rego",
    text,
    operations: manifest?.operations ?? ["sql"],
    schema: JSON.stringify(manifest?.settings_schema ?? EMPTY_SCHEMA, null, 2),
    changelog: "",
  };
}

/** The request's body, or what is wrong in words. */
export function sourceOf(draft: SourceDraft): { body: CreateSource } | { problem: string } {
  let schema: Json;
  try {
    schema = JSON.parse(draft.schema) as Json;
  } catch {
    return { problem: "The schema of the settings is not JSON." };
  }
  if (!isObject(schema)) return { problem: "The schema of the settings must be an object." };
  if (draft.operations.length === 0) return { problem: "Name what it handles, such as sql." };
  const { name, version, description, language, text, operations, changelog } = draft;
  return {
    body: {
      name: name.trim(),
      version: version.trim(),
      description: description.trim(),
      language,
      text,
      operations,
      settings_schema: schema,
      changelog: changelog.trim() || undefined,
    },
  };
}

/** Where in the text a complaint stands: the offset of its line and column, counted from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split("\n");
  const before = lines.slice(0, Math.max(0, line - 1));
  const start = before.reduce((sum, each) => sum + each.length + 1, 0);
  const length = lines[line - 1]?.length ?? 0;
  return Math.min(text.length, start + Math.min(length, Math.max(0, column - 1)));
}
