/** Messages in the reader's language: English stands in the rules, every other language in a table beside this file. */

import type { Message } from '../rule.ts';
import chinese from './zh-cn.json' with { type: 'json' };

export type Locale = 'en' | 'zh-cn';

export const locales: readonly Locale[] = ['en', 'zh-cn'];

const tables: Readonly<Record<Locale, Readonly<Record<string, string>>>> = { en: {}, 'zh-cn': chinese };

/** The message with its values filled in. A message that is not translated comes out in English; a place without a value stays as written. */
export function render(message: Message, locale: Locale): string {
  return fill(tables[locale][message.key] ?? message.text, message.values);
}

/** A text that is no message, such as a rule's summary, by its key (`<rule-id>.summary`); `english` where it is not translated. */
export function translate(key: string, english: string, locale: Locale): string {
  return tables[locale][key] ?? english;
}

/** The locale for a language tag (`zh-CN`, `zh_Hans_CN.UTF-8`, `en-US`); English for what we do not speak, Traditional Chinese included. */
export function localeOf(tag: string | undefined): Locale {
  const [language, ...rest] = (tag ?? '').toLowerCase().split(/[-_.@]/);
  if (language !== 'zh') return 'en';
  return rest.some((part) => part === 'tw' || part === 'hk' || part === 'mo' || part === 'hant') ? 'en' : 'zh-cn';
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}
