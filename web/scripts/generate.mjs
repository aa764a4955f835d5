/** Makes `src/api/schema.ts` from the control plane's OpenAPI document. `schema.test.ts` fails when
 * the two drift apart. */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import openapi, { astToString } from "openapi-typescript";

const HEADER =
  "// Generated from control-plane/openapi.json by `npm run generate`. Do not edit.\n\n";
const DOCUMENT = new URL("../../control-plane/openapi.json", import.meta.url);
export const SCHEMA = new URL("../src/api/schema.ts", import.meta.url);

/** Pairs as lists of any length: the client's types for what is read take a tuple for a list too. */
function withoutTuples(node) {
  if (Array.isArray(node)) return node.map(withoutTuples);
  if (typeof node !== "object" || node === null) return node;
  const { prefixItems, ...rest } = node;
  const plain = Array.isArray(prefixItems) ? { ...rest, items: prefixItems[0] } : node;
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [key, withoutTuples(value)]),
  );
}

export async function generateSchema() {
  const document = withoutTuples(JSON.parse(await readFile(DOCUMENT, "utf8")));
  // The server leaves out what has its default, so a default promises nothing to a reader.
  const nodes = await openapi(document, { defaultNonNullable: false, emptyObjectsUnknown: true });
  return HEADER + astToString(nodes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(SCHEMA, await generateSchema());
}
