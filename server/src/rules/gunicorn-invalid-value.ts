/** Values that Gunicorn refuses, in commands and in its configuration file. */

import { concernsGunicorn, firstLine, gunicornLaunches, once, settingName, valuePlace } from '../findings/gunicorn.ts';
import { gunicornSettings, gunicornWorker, shortWorkers, type GunicornSetting } from '../knowledge/gunicorn.ts';
import { serverTable } from '../knowledge/servers.ts';
import { defineMessages, defineRule, type Finding, type Message } from '../rule.ts';
import { guesses, type Facts, type Word } from '../facts.ts';
import { nearest } from '../spelling.ts';
import { gunicornFile, type Assigned } from '../workspace/gunicorn-files.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-invalid-value', {
  integer: 'Gunicorn takes no `{value}` for `{name}`, and does not start. Write a whole number.',
  expanded: 'No shell reads this command, so Gunicorn gets `{value}` as it stands for `{name}`, and does not start. Start it through `sh -c`, or write a fixed value.',
  negative: 'Gunicorn takes no negative `{name}`, and does not start. Write 0 or more.',
  choice: 'Gunicorn takes no `{value}` for `{name}`, and does not start. Write one of {choices}.',
  worker: 'Gunicorn has no worker class `{value}`, and does not start. Write one of {choices}, or the dotted path of a class.',
  workerMeant: 'Gunicorn has no worker class `{value}`, and does not start. Write `{meant}`.',
  workerPath: 'There is no worker class `{value}`, and Gunicorn does not start. Write `{meant}`.',
  port: 'Gunicorn takes no `{value}` for `{name}`, and does not start: `{port}` is no port. Write `HOST:PORT`, or `unix:PATH`.',
  missing: '`{name}` has no value: Gunicorn takes `{value}` behind it for the next flag, and does not start. Write the value behind `{name}`.',
  last: '`{name}` has no value, and Gunicorn does not start. Write the value behind it.',
  switch: '`{name}` is a switch and takes no value: with `{value}` Gunicorn does not start. Write `{name}` alone, or leave it out.',
  boolean: 'Gunicorn takes no `{value}` for `{name}`, and does not start. Write `True` or `False`.',
  text: 'Gunicorn takes no `{value}` for `{name}`, and does not start. Write it in quotes.',
  list: 'Gunicorn takes no `{value}` for `{name}`, and does not start. Write a string, or a list of strings.',
  hook: 'Gunicorn counts the parameters of `{name}` and wants {expected}, not {taken}: it does not start. Change them.',
  colon: 'This is YAML: Python takes `{name}: {value}` for an annotation, which sets nothing or stops the start. Write `{assignment}`.',
});

const table = serverTable('gunicorn')!;

export default defineRule({
  id: 'gunicorn-invalid-value',
  summary: 'A setting has a value that Gunicorn refuses: it does not start.',
  level: 'error',
  fix: 'none',
  messages: message.texts,

  concerns: concernsGunicorn,

  *check(file, workspace) {
    if (file.commands.length > 0) yield* once(gunicornLaunches(file, workspace).flatMap((launch) => [
      ...[...launch.settings.values()].flatMap((setting) => inCommand(file, launch, setting)),
      // What comes again further right is read all the same, but only as a number.
      ...launch.overridden.flatMap((setting) => (gunicornSettings.get(setting.name)?.type === 'integer' && setting.source === 'flag' && !setting.value?.startsWith('-') ? inCommand(file, launch, setting) : [])),
      ...lastFlag(file, launch),
    ]));
    else yield* inFile(file, workspace);
  },
});

// ── Commands ──

function inCommand(file: Facts, launch: Launch, setting: Setting): readonly Finding[] {
  const row = gunicornSettings.get(setting.name);
  const { value } = setting;
  const range = valuePlace(file, setting);
  // A template is no value yet.
  if (!row || value === undefined || !range || (setting.source !== 'flag' && setting.source !== 'environment') || /\{\{|%\(|<\w/.test(value)) return [];
  const name = settingName(setting);
  if (row.arity === 0) {
    const given = setting.flag && switchValue(launch, setting.flag);
    return given === undefined ? [] : [{ range: firstLine(file, setting.flag!), message: message.switch({ name, value: given }) }];
  }
  if (/^-[^\d\s.]/.test(value) && row.arity === 1 && setting.flag && setting.range.start !== setting.flag.start) return [{ range: firstLine(file, setting.flag), message: message.missing({ name, value }) }];
  const wrong = complaint(name, value, row);
  if (!wrong) return [];
  if (/\$[({A-Za-z]/.test(value)) return launch.command?.form === 'json' || launch.command?.form === 'systemd' ? [{ range, message: message.expanded({ name, value }) }] : [];
  return [{ range, message: wrong }];
}

/** The value that is written for a switch, attached or behind it: `--preload=true`, `--daemon true`. */
function switchValue({ arguments: words }: Launch, flag: Word): string | undefined {
  const attached = /^--[\w-]+=(.*)$/s.exec(flag.value ?? '')?.[1];
  const next = words[words.findIndex(({ start }) => start === flag.start) + 1]?.value;
  return attached ?? (next !== undefined && /^(?:true|false|yes|no|on|off|[01])$/i.test(next) ? next : undefined);
}

/** A flag at the end of its command that waits for a value. */
function lastFlag(file: Facts, launch: Launch): readonly Finding[] {
  const word = launch.arguments.at(-1);
  const row = word?.value?.startsWith('-') && word.value !== '-' ? table.flag(word.value) : undefined;
  if (!word || row?.arity !== 1 || word.indirect || [...launch.settings.values()].some(({ range }) => range.start === word.start)) return [];
  return [{ range: firstLine(file, word), message: message.last({ name: word.value! }) }];
}

/** What Gunicorn has against a value on its command line. */
function complaint(name: string, value: string, row: GunicornSetting): Message | undefined {
  if (row.type === 'integer') {
    // `umask` and the like are read with their base.
    if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(value) && !(row.name === 'umask' || row.name === 'control_socket_mode' ? /^0[xob][\da-f]+$/i.test(value) : false)) return message.integer({ name, value });
    return /^\s*-\s*0*[1-9]/.test(value) ? message.negative({ name }) : undefined;
  }
  return ofText(name, value, row);
}

function ofText(name: string, value: string, row: GunicornSetting): Message | undefined {
  if (row.choices && !row.choices.includes(value.toLowerCase().trim())) return message.choice({ name, value, choices: listed(row.choices) });
  if (row.name === 'worker_class') return ofWorker(value.trim());
  if (row.name !== 'bind') return undefined;
  const port = badPort(value.trim());
  return port === undefined ? undefined : message.port({ name, value, port });
}

function ofWorker(value: string): Message | undefined {
  if (value === '' || value.startsWith('egg:') || gunicornWorker(value)) return undefined;
  if (/^#*\w+$/.test(value)) {
    const meant = value === 'uvicorn' ? 'uvicorn_worker.UvicornWorker' : nearest(value, shortWorkers);
    return meant === undefined ? message.worker({ value, choices: listed(shortWorkers) }) : message.workerMeant({ value, meant });
  }
  // A class of the project's own may stand in any other package.
  return /^uvicorn\.(?!workers\.)|^uvicorn_workers\./.test(value) ? message.workerPath({ value, meant: 'uvicorn_worker.UvicornWorker' }) : undefined;
}

/** The port that Gunicorn would read in an address, where it is none (`gunicorn/util.py`, `parse_address`). */
function badPort(address: string): string | undefined {
  if (/^unix:/.test(address)) return undefined;
  const descriptor = /^fd:\/\/(.*)/.exec(address)?.[1];
  const written = descriptor ?? (/\](?::(.*))?$/.exec(address) ?? /^(?:tcp:\/\/)?[^:\]]*:([^:]*)/.exec(address))?.[1];
  return written === undefined || /^\s*\+?\d+(?:_\d+)*\s*$/.test(written) ? undefined : written;
}

// ── The configuration file ──

const notText: ReadonlySet<string> = new Set(['user', 'group', 'cert_reqs', 'ssl_version', 'proxy_protocol', 'secure_scheme_headers', 'logconfig_dict']);

function* inFile(file: Facts, workspace: Workspace): Iterable<Finding> {
  const read = gunicornFile(file, workspace);
  if (!read) return;
  for (const { name, nameRange, value } of read.colons) {
    yield { range: nameRange, message: message.colon({ name, value, assignment: `${name} = ${/^(?:[\d."'[({-]|True\b|False\b|None\b)/.test(value) ? value : `"${value}"`}` }) };
  }
  // Where Python stops, nothing is assigned.
  if (guesses(file).length > 0) return;
  for (const one of read.assigned) {
    const row = gunicornSettings.get(one.name);
    const wrong = row && (row.type === 'hook' ? ofHook(file, one, row) : inAssignment(file, one, row));
    if (wrong) yield { range: wrong.key.endsWith('.hook') ? one.nameRange : (one.value ?? one.nameRange), message: wrong };
  }
}

function inAssignment(file: Facts, { name, constant, value: range }: Assigned, row: GunicornSetting): Message | undefined {
  if (constant === undefined || constant === null) return undefined;
  const value = range ? file.text.slice(range.start, range.end) : String(constant);
  switch (row.type) {
    case 'integer':
      if (typeof constant === 'boolean') return undefined;
      if (typeof constant === 'number') return constant < 0 ? message.negative({ name }) : /^\d+\.|^\d+e/i.test(value) ? message.integer({ name, value }) : undefined;
      // Strings are read as Python reads numbers: with their base, without leading zeros.
      return /^\s*[+-]?(?:0[xob][\da-f_]+|[1-9][\d_]*|0+)\s*$/i.test(constant) ? (/^\s*-\s*0*[1-9]/.test(constant) ? message.negative({ name }) : undefined) : message.integer({ name, value });
    case 'flag':
      return typeof constant === 'boolean' || /^\s*(?:true|false)\s*$/i.test(String(constant)) ? undefined : message.boolean({ name, value });
    case 'list':
      if (constant === false || constant === 0) return undefined;
      return typeof constant === 'string' ? ofText(name, constant, row) : message.list({ name, value });
    default:
      if (notText.has(name)) return undefined;
      return typeof constant === 'string' ? ofText(name, constant, row) : message.text({ name, value });
  }
}

/** A function that takes more or fewer arguments than Gunicorn counts (`gunicorn/config.py`, `validate_callable`). */
function ofHook(file: Facts, { name, binding }: Assigned, { parameters }: GunicornSetting): Message | undefined {
  const scope = binding.value.kind === 'function' ? file.scopes[binding.value.scope] : undefined;
  if (parameters === undefined || !scope?.function || scope.function.decorators.length > 0) return undefined;
  const header = file.text.slice(scope.nameRange.end, scope.function.bodyRange.start);
  // What stands behind `*` is not counted.
  const star = scope.function.parameters.findIndex((parameter) => parameter.star !== undefined);
  if (star === -1 && /[(,]\s*\*\s*,/.test(header)) return undefined;
  const taken = star === -1 ? scope.function.parameters.length : star;
  // `post_request` came to its four arguments over the years.
  if (taken === parameters || (name === 'post_request' && taken >= 2 && taken < 4)) return undefined;
  return message.hook({ name, expected: String(parameters), taken: String(taken) });
}

// ── Helpers ──

function listed(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
