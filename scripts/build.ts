/** Bundles `dist/`: `node scripts/build.ts [--watch]`. */

import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, context, type BuildOptions, type Metafile } from 'esbuild';

const root = path.join(import.meta.dirname, '..');

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  // What VS Code 1.91 runs, and the oldest Node the command line promises.
  target: 'node20',
  format: 'cjs',
  minify: true,
  metafile: true,
  legalComments: 'none',
  mainFields: ['module', 'main'],
  // Its ES module reads `import.meta.url`, which a CommonJS bundle does not have.
  alias: { 'web-tree-sitter': path.join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  logLevel: 'warning',
};

const bundles: readonly BuildOptions[] = [
  { ...shared, entryPoints: ['server/src/lsp/node.ts'], outfile: 'dist/server.cjs' },
  { ...shared, entryPoints: ['client/src/node.ts'], outfile: 'dist/extension.cjs', external: ['vscode'] },
  { ...shared, entryPoints: ['server/src/host/parsing-thread.ts'], outfile: 'dist/parser.cjs' },
  // Its first line, `#!`, stays the first.
  { ...shared, entryPoints: ['server/src/cli/main.ts'], outfile: 'dist/cli.cjs' },
];

/** What lies beside the bundles: from, to. */
const copies: readonly (readonly [string, string])[] = [
  ['node_modules/web-tree-sitter/web-tree-sitter.wasm', 'dist/web-tree-sitter.wasm'],
  ['node_modules/tree-sitter-python/tree-sitter-python.wasm', 'dist/tree-sitter-python.wasm'],
  ['node_modules/tree-sitter-bash/tree-sitter-bash.wasm', 'dist/tree-sitter-bash.wasm'],
  ['docs/rules', 'dist/docs/rules'],
  ['docs/zh/rules', 'dist/docs/zh/rules'],
];

/** The licence of every package that is inside a bundle or copied. */
async function notices(metafiles: readonly Metafile[]): Promise<string> {
  const packages = new Set(['web-tree-sitter', 'tree-sitter-python', 'tree-sitter-bash']);
  for (const file of metafiles.flatMap((metafile) => Object.keys(metafile.inputs))) {
    const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
    if (found) packages.add(found[1]!);
  }
  const parts = await Promise.all([...packages].sort().map(async (name) => {
    const folder = path.join(root, 'node_modules', name);
    const { version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as { version: string; license: string };
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(path.join(folder, file), 'utf8') : `Licence: ${license}`;
    return `${name} ${version}\n\n${text.trim()}\n`;
  }));
  return parts.join(`\n${'-'.repeat(80)}\n\n`);
}

async function copyAll(): Promise<void> {
  for (const [from, to] of copies) await cp(path.join(root, from), path.join(root, to), { recursive: true });
}

await rm(path.join(root, 'dist'), { recursive: true, force: true });
await mkdir(path.join(root, 'dist'), { recursive: true });
if (process.argv.includes('--watch')) {
  await copyAll();
  await Promise.all(bundles.map(async (options) => (await context({ ...options, minify: false, sourcemap: 'inline', logLevel: 'info' })).watch()));
} else {
  const [results] = await Promise.all([Promise.all(bundles.map((options) => build(options))), copyAll()]);
  await writeFile(path.join(root, 'dist/NOTICES.txt'), await notices(results.map((result) => result.metafile!)));
  await chmod(path.join(root, 'dist/cli.cjs'), 0o755);
}
