/** What can be computed is committed, and up to date; a new rule starts green. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generated } from '../scripts/generate.ts';

const root = path.join(import.meta.dirname, '..');

describe('Generated files', () => {
  it('are up to date', async () => {
    for (const [file, text] of await generated(root)) {
      assert.equal(existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : undefined, text, `${file} is out of date: run \`npm run generate\``);
    }
  });

  it('know no setting text in one language only', () => {
    const keys = (file: string): readonly string[] => Object.keys(JSON.parse(readFileSync(path.join(root, file), 'utf8')) as object);
    assert.deepEqual(keys('package.nls.json'), keys('package.nls.zh-cn.json'));
  });

  it('know every text that package.json names', () => {
    const texts = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8')) as object;
    for (const [, key] of readFileSync(path.join(root, 'package.json'), 'utf8').matchAll(/"%([\w.-]+)%"/g)) assert.ok(key! in texts, `package.nls.json has no ${key}`);
  });
});

describe('npm run new-rule', () => {
  let copy: string;

  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'unblock-'));
    for (const name of ['server', 'scripts', 'docs', 'test', 'package.json', 'package.nls.json', 'package.nls.zh-cn.json', 'README.md', 'README.zh-CN.md', 'tsconfig.json', '.mocharc.json']) {
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  });

  after(() => rmSync(copy, { recursive: true, force: true }));

  const run = (...args: readonly string[]) => spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });

  it('writes a rule that is generated everywhere and whose pages hold', async () => {
    const made = run('scripts/new-rule.ts', 'thing-done-wrong');
    assert.equal(made.status, 0, made.stderr);
    for (const file of ['server/src/rules/thing-done-wrong.ts', 'docs/rules/thing-done-wrong.md', 'docs/zh/rules/thing-done-wrong.md', 'test/rules/thing-done-wrong.md', 'server/src/rules/index.ts', 'package.json', 'README.md']) {
      assert.ok(readFileSync(path.join(copy, file), 'utf8').includes('thing-done-wrong'), file);
    }
    const again = run('scripts/generate.ts');
    assert.match(again.stdout, /up to date/);
    // As its author would: the findings are written into the pages, and then the pages hold.
    const pages = ['node_modules/mocha/bin/mocha.js', 'test/specs.test.ts', '--fgrep', '/thing-done-wrong.md'];
    const updated = spawnSync(process.execPath, pages, { cwd: copy, encoding: 'utf8', env: { ...process.env, UPDATE: '1' } });
    assert.equal(updated.status, 0, updated.stdout + updated.stderr);
    assert.match(readFileSync(path.join(copy, 'docs/zh/rules/thing-done-wrong.md'), 'utf8'), /^\^+ thing-done-wrong: `replace\.this` …$/m);
    const held = run(...pages);
    assert.equal(held.status, 0, held.stdout + held.stderr);
    assert.match(held.stdout, /5 passed, 0 failed/);
  });

  it('refuses a name that is taken, or is not in kebab-case', () => {
    assert.match(run('scripts/new-rule.ts', 'thing-done-wrong').stderr, /exists already/);
    assert.match(run('scripts/new-rule.ts', 'ThingDone').stderr, /Usage/);
  });
});
