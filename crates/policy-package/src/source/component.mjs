// Makes a policy in JavaScript or TypeScript a WebAssembly component. Runs from a folder inside the
// policy's node_modules, so that the policy's own versions of the tools are found.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentize } from '@bytecodealliance/componentize-js';
import { rolldown } from 'rolldown';

const [policy, work, world] = process.argv.slice(2);
const manifest = JSON.parse(await readFile(join(policy, 'policy.json'), 'utf8'));
const source = join(policy, JSON.parse(await readFile(join(policy, 'package.json'), 'utf8')).main);

// The world's exports around the author's `judge(action, settings)`.
const entry = join(work, 'entry.mjs');
await writeFile(entry, `
import * as policy from ${JSON.stringify(source)};
const manifest = ${JSON.stringify(JSON.stringify(manifest))};
let settings = {};
const words = (error) => error instanceof Error ? error.message : String(error);
const refused = (error) => Object.assign(new Error(words(error)), { payload: words(error) });
export function describe() { return manifest; }
export function configure(text) {
  try {
    settings = JSON.parse(text);
    Reflect.get(policy, 'configure')?.(settings);
  } catch (error) { throw refused(error); }
}
export function judge(action) {
  try { return policy.judge(action, settings); } catch (error) { throw refused(error); }
}
export { filter } from ${JSON.stringify(source)};
`.replace(world === 'filtering-policy' ? '' : /export \{ filter \}.*\n/, ''));

const bundle = await rolldown({ input: entry, external: /^countersign:policy\//, logLevel: 'warn' });
const bundled = join(work, 'bundle.mjs');
await bundle.write({ file: bundled, format: 'esm' });
await bundle.close();

const { component } = await componentize({
  sourcePath: bundled,
  witPath: join(work, 'wit'),
  worldName: world,
  // A pure component: no clock, no randomness, no output, no network.
  disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
});
await writeFile(join(work, 'policy.wasm'), component);
