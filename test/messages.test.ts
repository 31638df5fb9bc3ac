/** Every message has its Chinese twin, and both keep to the voice. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { localeOf, render } from '../server/src/messages/index.ts';
import { rules } from '../server/src/rules/index.ts';

const source = path.join(import.meta.dirname, '../server/src');
const chinese = JSON.parse(readFileSync(path.join(source, 'messages/zh-cn.json'), 'utf8')) as Record<string, string>;

interface Owned {
  readonly key: string;
  readonly text: string;
}

/** Messages are found where they are defined, so that none can be forgotten: by the calls of `defineMessages`. */
async function messages(): Promise<readonly Owned[]> {
  const found: Owned[] = [];
  for (const rule of rules) {
    found.push(...Object.entries(rule.messages).map(([name, text]) => ({ key: `${rule.id}.${name}`, text })));
    found.push({ key: `${rule.id}.summary`, text: rule.summary });
    found.push(...Object.entries(rule.options ?? {}).map(([name, option]) => ({ key: `${rule.id}.option.${name}`, text: option.description })));
  }
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.startsWith(`rules${path.sep}`));
  for (const file of files) {
    for (const [, name, owner] of readFileSync(path.join(source, file), 'utf8').matchAll(/^(?:export )?const (\w+) = defineMessages\('([^']+)'/gm)) {
      const exported = (await import(pathToFileURL(path.join(source, file)).href) as Record<string, { readonly texts: Readonly<Record<string, string>> } | undefined>)[name!];
      assert.ok(exported, `${file} does not export its messages \`${name}\``);
      found.push(...Object.entries(exported.texts).map(([key, text]) => ({ key: `${owner}.${key}`, text })));
    }
  }
  return found;
}

const places = (text: string): readonly string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);

describe('Messages', () => {
  it('are in Chinese, all of them and no other', async () => {
    const keys = (await messages()).map(({ key }) => key);
    assert.deepEqual(keys.filter((key) => !chinese[key]), [], 'without Chinese in server/src/messages/zh-cn.json');
    assert.deepEqual(Object.keys(chinese).filter((key) => !keys.includes(key)), [], 'in zh-cn.json, and nobody’s message');
    assert.equal(new Set(keys).size, keys.length, 'two messages share a key');
  });

  it('have the same places in both languages', async () => {
    for (const { key, text } of await messages()) {
      assert.deepEqual([...new Set(places(chinese[key] ?? ''))].sort(), [...new Set(places(text))].sort(), key);
    }
  });

  it('are Chinese where they say so', () => {
    assert.deepEqual(Object.entries(chinese).filter(([, text]) => !/\p{Script=Han}/u.test(text) && /[A-Za-z]{3}/.test(text.replace(/`[^`]*`|\{\w+\}/g, ''))), []);
  });

  it('are one line, with code in closed backticks', async () => {
    for (const { key, text } of await messages()) {
      for (const each of [text, chinese[key] ?? '']) {
        assert.doesNotMatch(each, /\n/, key);
        assert.equal((each.match(/`/g) ?? []).length % 2, 0, `${key} has a backtick that is not closed`);
      }
    }
  });

  it('fill in their values, and stay in English when nobody translated them', () => {
    const message = { key: 'nobody.knows', text: '`{name}` waits {time} {other}', values: { name: 'sleep', time: '{name}' } };
    assert.equal(render(message, 'en'), '`sleep` waits {name} {other}');
    assert.equal(render(message, 'zh-cn'), '`sleep` waits {name} {other}');
  });

  it('come in the language of the reader’s tag', () => {
    const locales = Object.fromEntries(['zh-CN', 'zh', 'zh_CN.UTF-8', 'zh-Hans', 'zh-TW', 'zh-Hant', 'en-US', 'C', ''].map((tag) => [tag, localeOf(tag)]));
    assert.deepEqual(locales, { 'zh-CN': 'zh-cn', zh: 'zh-cn', 'zh_CN.UTF-8': 'zh-cn', 'zh-Hans': 'zh-cn', 'zh-TW': 'en', 'zh-Hant': 'en', 'en-US': 'en', C: 'en', '': 'en' });
    assert.equal(localeOf(undefined), 'en');
  });
});
