/** Everything in the repository that can be computed from the rules: `node scripts/generate.ts` writes it. */

import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OptionValue, Rule } from '../server/src/rule.ts';
import { configuration, type Text } from './settings.ts';

type Language = keyof Text;

const pages: Readonly<Record<Language, string>> = { en: 'docs/rules', 'zh-cn': 'docs/zh/rules' };
const readmes: Readonly<Record<Language, string>> = { en: 'README.md', 'zh-cn': 'README.zh-CN.md' };
const manifests: Readonly<Record<Language, string>> = { en: 'package.nls.json', 'zh-cn': 'package.nls.zh-cn.json' };
const table = 'server/src/messages/zh-cn.json';

/** Generated texts by path relative to `root`. Rejects when a rule's file and its id differ. */
export async function generated(root: string): Promise<ReadonlyMap<string, string>> {
  const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');
  const rules = await load(root);
  const chinese = JSON.parse(await read(table)) as Record<string, string>;
  const files = new Map<string, string>();

  files.set('server/src/rules/index.ts', index(rules));
  files.set(table, print(sorted(chinese)));

  const { section, texts } = configuration(rules, chinese);
  const manifest = JSON.parse(await read('package.json')) as { contributes?: Record<string, unknown> };
  files.set('package.json', print({ ...manifest, contributes: { ...manifest.contributes, configuration: section } }));
  for (const language of Object.keys(manifests) as Language[]) {
    const old = existsSync(path.join(root, manifests[language])) ? JSON.parse(await read(manifests[language])) as Record<string, string> : {};
    const byHand = Object.entries(old).filter(([key]) => !/^(rule|setting)\./.test(key));
    const computed = [...texts].map(([key, text]): [string, string] => [key, text[language]]);
    files.set(manifests[language], print(sorted(Object.fromEntries([...byHand, ...computed]))));

    for (const rule of rules) {
      const page = `${pages[language]}/${rule.id}.md`;
      // Whether every rule has its pages is asked by `test/specs.test.ts`.
      if (!existsSync(path.join(root, page))) continue;
      files.set(page, between(await read(page), 'generated', header(rule, chinese, language)) ?? `${marked('generated', header(rule, chinese, language))}\n\n${await read(page)}`);
    }
    const readme = between(await read(readmes[language]), 'rules', rulesTable(rules, chinese, language));
    if (readme === undefined) throw new Error(`${readmes[language]} has no <!-- rules --> … <!-- /rules -->`);
    files.set(readmes[language], readme);
  }
  return files;
}

/** Writes what differs and returns the paths written. */
export async function generate(root: string): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [file, text] of await generated(root)) {
    const target = path.join(root, file);
    if (existsSync(target) && (await readFile(target, 'utf8')) === text) continue;
    await writeFile(target, text);
    written.push(file);
  }
  return written;
}

// By folder listing, not through the index, which is made here.
async function load(root: string): Promise<readonly Rule[]> {
  const folder = path.join(root, 'server/src/rules');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts') && name !== 'index.ts').sort();
  return Promise.all(names.map(async (name) => {
    const module = await import(pathToFileURL(path.join(folder, name)).href) as { default?: Rule };
    if (!module.default) throw new Error(`server/src/rules/${name} has no default export`);
    if (`${module.default.id}.ts` !== name) throw new Error(`server/src/rules/${name} holds the rule ${module.default.id}: file and id must be the same`);
    return module.default;
  }));
}

function index(rules: readonly Rule[]): string {
  const name = (rule: Rule): string => rule.id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [
    '/** Every rule, by id. Written by `npm run generate`. */',
    '',
    "import type { Rule } from '../rule.ts';",
    ...rules.map((rule) => `import ${name(rule)} from './${rule.id}.ts';`),
    '',
    'export const rules: readonly Rule[] = [',
    ...rules.map((rule) => `  ${name(rule)},`),
    '];',
    '',
  ].join('\n');
}

const words: Readonly<Record<string, Text>> = {
  level: { en: 'Level', 'zh-cn': '级别' },
  fix: { en: 'Fix', 'zh-cn': '修复' },
  safe: { en: 'safe', 'zh-cn': '安全' },
  unsafe: { en: 'unsafe: look at it before you keep it', 'zh-cn': '不保证行为完全一致，请检查后再保留' },
  none: { en: 'none', 'zh-cn': '无' },
  ruff: { en: 'Ruff', 'zh-cn': 'Ruff' },
  option: { en: 'Option', 'zh-cn': '选项' },
  default: { en: 'Default', 'zh-cn': '默认值' },
  meaning: { en: 'Meaning', 'zh-cn': '含义' },
  rule: { en: 'Rule', 'zh-cn': '规则' },
  finds: { en: 'What it finds', 'zh-cn': '发现什么' },
};

function header(rule: Rule, chinese: Readonly<Record<string, string>>, language: Language): string {
  const word = (key: string): string => words[key]![language];
  const own = (key: string, english: string): string => language === 'en' ? english : chinese[`${rule.id}.${key}`] ?? english;
  const colon = language === 'en' ? ': ' : '：';
  const lines = [
    `# ${rule.id}`,
    '',
    own('summary', rule.summary),
    '',
    [
      `${word('level')}${colon}\`${rule.level}\``,
      `${word('fix')}${colon}${word(rule.fix)}`,
      ...(rule.ruff?.length ? [`${word('ruff')}${colon}${rule.ruff.map((code) => `\`${code}\``).join(', ')}`] : []),
    ].join(' · '),
  ];
  if (rule.options) {
    lines.push('', `| ${word('option')} | ${word('default')} | ${word('meaning')} |`, '|---|---|---|');
    for (const [name, option] of Object.entries(rule.options)) {
      lines.push(`| \`${name}\` | \`${value(option.default)}\` | ${own(`option.${name}`, option.description)} |`);
    }
  }
  return lines.join('\n');
}

function rulesTable(rules: readonly Rule[], chinese: Readonly<Record<string, string>>, language: Language): string {
  const word = (key: string): string => words[key]![language];
  return [
    `| ${word('rule')} | ${word('level')} | ${word('fix')} | ${word('finds')} |`,
    '|---|---|---|---|',
    ...rules.map((rule) => {
      const summary = language === 'en' ? rule.summary : chinese[`${rule.id}.summary`] ?? rule.summary;
      return `| [\`${rule.id}\`](${pages[language]}/${rule.id}.md) | ${rule.level} | ${word(rule.fix).split(/[:，]/)[0]} | ${summary.replaceAll('|', '\\|')} |`;
    }),
  ].join('\n');
}

const value = (of: OptionValue): string => Array.isArray(of) ? `[${of.map((item) => JSON.stringify(item)).join(', ')}]` : JSON.stringify(of);

const marked = (name: string, text: string): string => `<!-- ${name} -->\n${text}\n<!-- /${name} -->`;

/** The page with the text between its markers replaced; undefined when it has none. */
function between(page: string, name: string, text: string): string | undefined {
  const [open, close] = [page.indexOf(`<!-- ${name} -->`), page.indexOf(`<!-- /${name} -->`)];
  if (open < 0 || close < open) return undefined;
  return page.slice(0, open) + marked(name, text) + page.slice(close + `<!-- /${name} -->`.length);
}

const sorted = (object: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

const print = (data: unknown): string => `${JSON.stringify(data, null, 2)}\n`;

if (import.meta.main) {
  const written = await generate(path.join(import.meta.dirname, '..'));
  console.log(written.length > 0 ? written.map((file) => `wrote ${file}`).join('\n') : 'Everything generated is up to date.');
}
