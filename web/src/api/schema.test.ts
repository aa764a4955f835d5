// @vitest-environment node
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { generateSchema, SCHEMA } from "../../scripts/generate.mjs";

it("schema.ts is what control-plane/openapi.json says", async () => {
  expect(await readFile(SCHEMA, "utf8")).toBe(await generateSchema());
});
