/** What the command line tells about the rules: `explain` and `rules`. */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import stringWidth from 'string-width';
import { ruleUrl } from '../documentation.ts';
import { translate, type Locale } from '../messages/index.ts';
import type { Rule } from '../rule.ts';
import { rules } from '../rules/index.ts';
import { nearest } from '../spelling.ts';
import { UsageError } from './check.ts';

/** The page of a rule, Markdown, in the reader's language where there is one. Throws a `UsageError` when there is no such rule. */
export function explain(id: string, locale: Locale): string {
  const rule = rules.find((one) => one.id === id);
  if (!rule) {
    const meant = nearest(id, rules.map((one) => one.id));
    throw new UsageError(`there is no rule \`${id}\`${meant ? `; did you mean \`${meant}\`?` : '; `unblock rules` lists them'}`);
  }
  const folders = locale === 'zh-cn' ? ['docs/zh/rules', 'docs/rules'] : ['docs/rules'];
  const page = folders.map((folder) => path.join(documents(), folder, `${id}.md`)).find((file) => existsSync(file));
  const text = page ? readFileSync(page, 'utf8').replace(/^<!--.*?-->\s*$\n?/gm, '').trim() : `# ${id}\n\n${summaryOf(rule, locale)}`;
  return `${text}\n\n${ruleUrl(id)}\n`;
}

/** Beside the bundle, or in the repository when the sources run directly. */
function documents(): string {
  const here = import.meta.dirname;
  return existsSync(path.join(here, 'docs')) ? here : path.join(here, '../../..');
}

export function rulesTable(locale: Locale): string {
  const rows = [['RULE', 'LEVEL', 'FIX', 'SUMMARY'], ...rules.map((rule) => [rule.id, rule.level, rule.fix, summaryOf(rule, locale)])];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => stringWidth(row[column]!))));
  return rows.map((row) => `${row.map((cell, i) => (i < 3 ? cell + ' '.repeat(widths[i]! - stringWidth(cell)) : cell)).join('  ')}\n`).join('');
}

export function rulesJson(locale: Locale): string {
  const list = rules.map((rule) => ({ id: rule.id, level: rule.level, fix: rule.fix, summary: summaryOf(rule, locale), url: ruleUrl(rule.id), options: rule.options ?? {} }));
  return `${JSON.stringify({ version: 1, rules: list }, null, 2)}\n`;
}

function summaryOf(rule: Rule, locale: Locale): string {
  return translate(`${rule.id}.summary`, rule.summary, locale);
}
