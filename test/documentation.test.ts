/** What the READMEs and pages point at exists. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const pages = ['README.md', 'README.zh-CN.md', 'CHANGELOG.md', ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => path.posix.join('docs', file.replaceAll('\\', '/')))];
const read = (page: string): string => readFileSync(path.join(root, page), 'utf8');

describe('Documentation', () => {
  it('links to files that exist', () => {
    const broken = pages.flatMap((page) => [...read(page).replace(/^(`{3,})[^]*?^\1$/gm, '').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .filter(([, link]) => !existsSync(path.join(root, path.dirname(page), link!)))
      .map(([, link]) => `${page}: ${link}`));
    assert.deepEqual(broken, []);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const page of pages) {
      for (const [, script] of read(page).matchAll(/\bnpm (?:run )?(?!ci\b|install\b|run\b|packages?\b)([a-z][\w:-]*)/g)) assert.ok(script! in scripts, `${page}: npm run ${script}`);
    }
  });

  it('says the same in both languages: the same commands, files and links', () => {
    const code = (page: string): readonly string[] => [...read(page).matchAll(/^```(\w+)\n([^]*?)^```/gm)].map(([, language, body]) => `${language}\n${body!.replace(/ *#.*$/gm, '')}`);
    assert.deepEqual(code('README.zh-CN.md'), code('README.md'));
  });
});
