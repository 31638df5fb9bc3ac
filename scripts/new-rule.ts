/** Starts a rule: `npm run new-rule <id>` writes its file, its pages and its spec. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from './generate.ts';

const root = path.join(import.meta.dirname, '..');

const rule = (id: string): string => `import { defineMessages, defineRule } from '../rule.ts';

const messages = defineMessages('${id}', {
  found: '\`{name}\` does the wrong thing, because …; use …',
});

export default defineRule({
  id: '${id}',
  summary: 'One sentence: what the rule finds, and why it is wrong.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  *check(file, workspace) {
    for (const call of file.calls) {
      const name = workspace.target(file, call)?.name;
      if (name !== 'replace.this') continue;
      yield { range: call.calleeRange, message: messages.found({ name }) };
    }
  },
});
`;

const example = (bad: string, good: string): string => `
## ${bad}

\`\`\`py
import replace

replace.this()
\`\`\`

## ${good}

\`\`\`py
import replace

replace.that()
\`\`\`
`;

const spec = (id: string): string => `# ${id}

## In a function

\`\`\`py
import replace

async def handler():
    replace.this()
\`\`\`
`;

const id = process.argv[2];
if (!id || !/^[a-z]+(-[a-z0-9]+)+$/.test(id)) {
  console.error('Usage: npm run new-rule <id>   (words in kebab-case that name the wrong thing, such as redis-keys)');
  process.exit(2);
}
const files = new Map([
  [`server/src/rules/${id}.ts`, rule(id)],
  [`docs/rules/${id}.md`, example('Bad', 'Good')],
  [`docs/zh/rules/${id}.md`, example('反例', '正例')],
  [`test/rules/${id}.md`, spec(id)],
]);
for (const file of files.keys()) {
  if (!existsSync(path.join(root, file))) continue;
  console.error(`${file} exists already; nothing was written.`);
  process.exit(2);
}
for (const [file, text] of files) {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), text.trimStart());
}
const table = path.join(root, 'server/src/messages/zh-cn.json');
const chinese = JSON.parse(await readFile(table, 'utf8')) as Record<string, string>;
await writeFile(table, JSON.stringify({ ...chinese, [`${id}.found`]: '`{name}` …', [`${id}.summary`]: '一句话：发现什么，为什么不好。' }));
for (const file of new Set([...files.keys(), ...await generate(root)])) console.log(`wrote ${file}`);
console.log('Fill them in; then `UPDATE=1 npx mocha` writes the findings into the pages, and `git diff` shows them.');
