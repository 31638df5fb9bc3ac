/** Every Markdown page of rules and of the engine equals its own rendering. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { render as say } from '../server/src/messages/index.ts';
import { rules } from '../server/src/rules/index.ts';
import { complaint, filesOf, render, sections, shownBy, type AppliedFix, type Section } from './spec.ts';

const root = path.join(import.meta.dirname, '..');
const update = process.env['UPDATE'] === '1';
const folders = ['docs/rules', 'docs/zh/rules', 'test/rules', 'test/engine'];

const list = (folder: string): readonly string[] =>
  existsSync(path.join(root, folder)) ? readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.md')).sort().map((name) => `${folder}/${name}`) : [];
const read = (page: string): string => readFileSync(path.join(root, page), 'utf8');
const localeOf = (page: string) => page.startsWith('docs/zh/') ? 'zh-cn' as const : 'en' as const;
const bad = /^(?:Bad|反例)/;
const good = /^(?:Good|正例)/;

/** Every fix that the pages show, for what is asserted of all of them. */
const shown: AppliedFix[] = [];
const bodies: { readonly title: string; readonly before: string; readonly after: string }[] = [];

for (const page of folders.flatMap(list)) {
  describe(page, () => {
    const rendered: string[] = [];
    const text = read(page);
    const isShown = shownBy(page, text);
    const all = sections(text);
    all.forEach((section, i) => {
      rendered[i] = section.lines.join('\n');
      if (section.fences.length === 0) return;
      it(section.title || 'before the first heading', () => holds(page, section, isShown, (text) => { rendered[i] = text; }));
    });
    after(() => {
      if (update) writeFileSync(path.join(root, page), `${rendered.join('\n').trim()}\n`);
    });
  });
}

async function holds(page: string, section: Section, isShown: (rule: string) => boolean, write: (text: string) => void): Promise<void> {
  const rendering = await render(section, localeOf(page), isShown);
  write(rendering.text);
  if (!update) assert.equal(rendering.text, section.lines.join('\n'), 'The page is not what the engine finds. `UPDATE=1 npx mocha` writes it anew; look at the difference before you keep it.');
  const id = path.basename(page, '.md');
  const own = rendering.diagnostics.filter(({ rule }) => rule === id);
  if (page.startsWith('docs/')) {
    if (bad.test(section.title)) assert.ok(own.length > 0, `nothing is found in “${section.title}”`);
    if (good.test(section.title)) assert.deepEqual(own.map(({ message }) => message.key), [], `something is found in “${section.title}”`);
  }
  for (const fix of rendering.fixes) {
    assert.equal(await complaint(fix), undefined);
    shown.push(fix);
    for (const [file, text] of fix.after) {
      if (file.endsWith('.py')) bodies.push({ title: `${page}, ${section.title}, ${file}, ${fix.diagnostic.rule}`, before: fix.before.get(file) ?? '', after: text });
    }
  }
  for (const fence of section.fences) {
    if (fence.fixed && fence.path.endsWith('.py')) bodies.push({ title: `${page}, ${section.title}, ${fence.path} fixed`, before: rendering.files.get(fence.path) ?? '', after: fence.text });
  }
}

describe('Pages', () => {
  it('exist in both languages for every rule, with a Bad and a Good section', () => {
    for (const { id } of rules) {
      for (const folder of ['docs/rules', 'docs/zh/rules']) {
        const page = `${folder}/${id}.md`;
        assert.ok(existsSync(path.join(root, page)), `${page} is missing`);
        const titles = sections(read(page)).filter((section) => section.fences.length > 0).map(({ title }) => title);
        assert.ok(titles.some((title) => bad.test(title)), `${page} has no section “${folder === 'docs/rules' ? 'Bad' : '反例'}” with an example`);
        assert.ok(titles.some((title) => good.test(title)), `${page} has no section “${folder === 'docs/rules' ? 'Good' : '正例'}” with an example`);
      }
      assert.ok(existsSync(path.join(root, `test/rules/${id}.md`)), `test/rules/${id}.md is missing`);
    }
  });

  it('belong to a rule', () => {
    const ids = new Set(rules.map(({ id }) => `${id}.md`));
    for (const folder of ['docs/rules', 'docs/zh/rules', 'test/rules']) {
      assert.deepEqual(list(folder).filter((page) => !ids.has(path.basename(page))), []);
    }
  });

  it('show the same example files in both languages', () => {
    const shape = (page: string): readonly string[] => sections(read(page)).flatMap((section) => section.fences.map((fence) => `${fence.path}${fence.fixed ? ' fixed' : ''}`));
    for (const { id } of rules) assert.deepEqual(shape(`docs/zh/rules/${id}.md`), shape(`docs/rules/${id}.md`), `docs/zh/rules/${id}.md`);
  });
});

describe('Fixes', () => {
  it('are shown by every rule that promises one, and are as safe as it says', () => {
    for (const rule of rules) {
      const own = shown.filter(({ diagnostic }) => diagnostic.rule === rule.id);
      if (rule.fix === 'none') assert.equal(own.length, 0, `${rule.id} promises no fix and has one`);
      else assert.ok(own.some(({ fix }) => fix.safe === (rule.fix === 'safe')), `no page shows the ${rule.fix} fix that ${rule.id} promises`);
      if (rule.fix === 'unsafe') assert.ok(!own.some(({ fix }) => fix.safe), `${rule.id} has a fix that calls itself safe, and promises an unsafe one`);
    }
  });

  it('have titles with a capital and without a full stop', () => {
    for (const title of new Set(shown.map(({ fix }) => say(fix.title, 'en')))) assert.match(title, /^(?:\p{Lu}|`).*[^.。]$/u, title);
  });

  it('leave Python that CPython compiles', () => {
    const program = [
      'import json, sys, warnings',
      'warnings.simplefilter("ignore")',
      'def compiles(text):',
      '    try:',
      '        compile(text, "spec", "exec", dont_inherit=True)',
      '    except (SyntaxError, ValueError) as error:',
      '        return str(error)',
      'for body in json.load(sys.stdin):',
      '    if compiles(body["before"]) is None and (error := compiles(body["after"])):',
      '        print(body["title"] + ": " + error + "\\n" + body["after"])',
    ].join('\n');
    const python = spawnSync(process.platform === 'win32' ? 'python' : 'python3', ['-X', 'utf8', '-c', program], { input: JSON.stringify(bodies), encoding: 'utf8' });
    assert.equal(python.error, undefined, 'python3 is needed to see whether fixed code still compiles');
    assert.equal(python.status, 0, python.stderr);
    assert.equal(python.stdout, '');
  });
});

describe('The spec harness', () => {
  const page = ['# Title', '', '`app/a.py`:', '', '```py', 'x = "😀"; f()', '           ^ some-rule: text', '```', '', 'Fixed:', '', '```py fixed', 'old', '```', '', '```console', '$ ls', '```'].join('\n');

  it('takes squiggles out and leaves fixed bodies and other fences alone', () => {
    const [, section] = sections(page);
    assert.deepEqual([...filesOf(section!)], [['app/a.py', 'x = "😀"; f()\n']]);
    assert.deepEqual(section!.fences.map(({ path: file, fixed }) => [file, fixed]), [['app/a.py', false], ['app/a.py', true]]);
  });

  it('writes what the engine finds: nothing here, and the text unchanged as the fixed body', async () => {
    const { text } = await render(sections(page)[1]!, 'en');
    assert.equal(text, page.replace('           ^ some-rule: text\n', '').replace('old', 'x = "😀"; f()'));
  });

  it('refuses two files of one name under a heading', () => {
    assert.throws(() => sections('# A\n```py\n```\n```py\n```'), /two files are named main\.py/);
  });
});
