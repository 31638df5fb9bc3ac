/** What a setting of a launch does, and what holds for it there. */

import type { PointedSetting, Use } from '../../engine.ts';
import { render, type Locale } from '../../messages/index.ts';
import { defineMessages, type Message } from '../../rule.ts';
import type { Folder } from '../folder.ts';
import { code, linkTo, listed } from './marks.ts';

export const messages = defineMessages('setting', {
  title: '{written} of {program}',
  inFile: '{written} of {program}, {name} in its configuration file',
  onLine: '{written} of {program}, {name} on the command line',
  forKind: '{kind}: {meaning}',
  choices: 'Takes {values}',
  default: 'Default: {value}',
  defaultVariable: 'Default: {value}, or what {variable} says',
  variable: 'Default: what {variable} says',
  on: 'on',
  off: 'off',
  honoured: 'The worker class {kind} honours it',
  ignored: 'The worker class {kind} ignores it',
  honouredByPool: 'The pool {kind} honours it',
  ignoredByPool: 'The pool {kind} ignores it',
  everywhere: 'Every worker class honours it',
  counts: 'Counts for {kinds}',
  inForce: 'In force: {value}',
  inForceFrom: 'In force: {value}, from {link}',
  inForceIn: 'In force in {launch}: {value}, from {link}',
  open: '{value}, unless the environment says otherwise',
  computed: 'computed at the start',
  unknown: 'a value that only the start will show',
  since: 'Since {program} {version}',
  until: 'Gone since {program} {version}',
});

const programs: Readonly<Record<string, string>> = {
  gunicorn: 'Gunicorn', uvicorn: 'Uvicorn', 'celery worker': 'Celery', 'celery beat': 'Celery', hypercorn: 'Hypercorn',
  granian: 'Granian', fastapi: 'FastAPI', flask: 'Flask', daphne: 'Daphne', python: 'Python',
};

/** A program as people write it. */
export function programName(program: string): string {
  return programs[program] ?? program;
}

/** Worker classes and pools as people write them, where our tables have a name of their own. */
const kinds: Readonly<Record<string, string>> = { gws: 'GeventWebSocketWorker', uvicorn: 'UvicornWorker', pywsgi: 'gevent_pywsgi' };

export function settingText(setting: PointedSetting, folder: Folder, locale: Locale): string {
  const say = (message: Message) => render(message, locale);
  return [say(titleOf(setting)), ...meaningsOf(setting, locale), listed(factsOf(setting, folder, locale))].filter((part) => part !== '').join('\n\n');
}

function titleOf({ written, program, row }: PointedSetting): Message {
  const values = { written: code(written), program: programName(program) };
  if (program !== 'gunicorn') return messages.title(values);
  if (written.startsWith('-')) return messages.inFile({ ...values, name: code(row.name) });
  const flag = row.flags.find((one) => one.startsWith('--'));
  return flag === undefined ? messages.title(values) : messages.onLine({ ...values, name: code(flag) });
}

function meaningsOf({ uses, meaning }: PointedSetting, locale: Locale): readonly string[] {
  const told = (one: NonNullable<typeof meaning>) => (locale === 'zh-cn' ? one.zh : one.en);
  const texts = new Map<string, Use>();
  const sorts = new Set(uses.map(({ kind }) => kind));
  for (const use of uses) if (use.meaning && !texts.has(use.meaning.en) && (use.kind !== undefined || sorts.size === 1)) texts.set(use.meaning.en, use);
  const particular = (name: string, one: NonNullable<typeof meaning>) => render(messages.forKind({ kind: code(name), meaning: told(one) }), locale);
  return [
    ...(texts.size === 0 && meaning ? [told(meaning)] : []),
    ...[...texts.values()].map((use) => (texts.size === 1 ? told(use.meaning!) : particular(kindName(use), use.meaning!))),
    ...new Set(uses.flatMap(({ chosen, setting }) => (chosen ? [particular(setting!.value!, chosen)] : []))),
  ];
}

function factsOf({ uses, program, row }: PointedSetting, folder: Folder, locale: Locale): readonly string[] {
  const facts: (Message | undefined)[] = [
    row.choices ? messages.choices({ values: row.choices.map(code).join(', ') }) : undefined,
    defaultOf(row, locale),
    ...(row.honoured_by === undefined ? [program === 'gunicorn' && row.type !== 'hook' && row.name !== 'worker_class' ? messages.everywhere() : undefined]
      : uses.length === 0 ? [counted(row.honoured_by)] : uses.map((use) => honouredBy(use, row.honoured_by))),
    ...(row.type === 'hook' ? [] : uses.map((use) => inForce(use, uses.length > 1, folder, locale))),
    row.since === undefined ? undefined : messages.since({ program: programName(program), version: row.since }),
    row.until === undefined ? undefined : messages.until({ program: programName(program), version: row.until }),
  ];
  return [...new Set(facts.flatMap((fact) => (fact ? [render(fact, locale)] : [])))];
}

function defaultOf({ default: value, environment = [], type }: PointedSetting['row'], locale: Locale): Message | undefined {
  const variable = environment.map(code).join(' / ');
  const shown = value === undefined || value === '' ? undefined : type === 'flag' ? render(value === true ? messages.on() : messages.off(), locale) : code(String(value));
  if (shown === undefined) return environment.length > 0 ? messages.variable({ variable }) : undefined;
  return environment.length > 0 ? messages.defaultVariable({ value: shown, variable }) : messages.default({ value: shown });
}

/** The worker class or pool of a launch by its short name. */
function kindName({ kind = '', launch }: Use): string {
  return launch.program === 'gunicorn' ? (launch.workerClass ?? kind).replace(/^.*[.#:]/, '') : kind;
}

function honouredBy(use: Use, all: readonly string[] | undefined): Message | undefined {
  if (use.honoured === undefined) return counted(all);
  // Half of it may count: the words about this kind say which.
  if (use.kind === undefined || use.meaning?.partly) return undefined;
  const values = { kind: code(kindName(use)) };
  if (use.launch.program === 'gunicorn') return use.honoured ? messages.honoured(values) : messages.ignored(values);
  return use.honoured ? messages.honouredByPool(values) : messages.ignoredByPool(values);
}

function counted(all: readonly string[] | undefined): Message | undefined {
  const named = all?.filter((kind) => kind !== 'processes').map((kind) => code(kinds[kind] ?? kind));
  return named && messages.counts({ kinds: named.join(', ') });
}

function inForce({ launch, setting, elsewhere, open }: Use, several: boolean, folder: Folder, locale: Locale): Message | undefined {
  if (!setting) return undefined;
  const known = setting.value === undefined ? render(setting.computed ? messages.computed() : messages.unknown(), locale) : code(setting.value);
  const value = open && setting.value !== undefined ? render(messages.open({ value: known }), locale) : known;
  if (!elsewhere) return messages.inForce({ value });
  const values = { value, link: linkTo(folder, setting.path, setting.range) };
  return several ? messages.inForceIn({ ...values, launch: linkTo(folder, launch.path, launch.range) }) : messages.inForceFrom(values);
}
