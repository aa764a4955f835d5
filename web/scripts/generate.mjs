/** Makes `src/api/schema.ts` from the control plane's OpenAPI document. `schema.test.ts` fails when
 * the two drift apart. */

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import openapi, { astToString } from "openapi-typescript";

const HEADER =
  "// Generated from control-plane/openapi.json by `npm run generate`. Do not edit.\n\n";
const DOCUMENT = new URL("../../control-plane/openapi.json", import.meta.url);
export const SCHEMA = new URL("../src/api/schema.ts", import.meta.url);

export async function generateSchema() {
  // The server leaves out what has its default, so a default promises nothing to a reader.
  const nodes = await openapi(DOCUMENT, { defaultNonNullable: false });
  return HEADER + astToString(nodes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(SCHEMA, await generateSchema());
}
