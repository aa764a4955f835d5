/** A document as it is being added. */

import type { CreateDocument } from "../../api/types";
import { isObject, type Json } from "../../schema-form/node";

export interface Draft {
  name: string;
  format: "json" | "csv";
  keyColumn: string;
  /** The file's text; absent where it is only pulled. */
  text: string | undefined;
  pull: boolean;
  url: string;
  everySeconds: number;
}

/** The request's body, or what is wrong in words. */
export function documentOf(draft: Draft): { body: CreateDocument } | { problem: string } {
  const { format } = draft;
  const name = draft.name.trim();
  const body: CreateDocument = { name, format };
  if (draft.pull) {
    if (!/^https?:\/\//i.test(draft.url.trim()))
      return { problem: "Write the address with https:// or http://." };
    body.pull = { url: draft.url.trim(), every_seconds: draft.everySeconds };
  } else if (draft.text === undefined) return { problem: "Choose a file." };
  if (format === "csv") {
    if (draft.keyColumn.trim() === "") return { problem: "Name the column that holds the keys." };
    body.key_column = draft.keyColumn.trim();
    // The document describes JSON of any kind as an object.
    if (draft.text !== undefined) body.content = draft.text as never;
    return { body };
  }
  if (draft.text !== undefined) {
    try {
      const content = JSON.parse(draft.text) as Json;
      if (!isObject(content))
        return { problem: "It must be one object, whose keys are looked up." };
      body.content = content;
    } catch {
      return { problem: "The file is not JSON." };
    }
  }
  return { body };
}

/** What a file's name says of its format. */
export const formatOf = (fileName: string): "json" | "csv" =>
  /\.csv$/i.test(fileName) ? "csv" : "json";
