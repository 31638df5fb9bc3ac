/** Words behind a program, read as its settings. */

import type { Range, Word } from '../facts.ts';
import { gunicornFlag } from '../knowledge/gunicorn.ts';
import type { Setting } from './launches.ts';

export interface Arguments {
  /** By canonical name, `_` for `-`. */
  readonly settings: ReadonlyMap<string, Setting>;
  /** The first word that is no flag. */
  readonly positional?: string;
  /** No word may hide a flag. */
  readonly complete: boolean;
  /** It prints something and ends (`--version`). */
  readonly stops?: boolean;
}

const ends: ReadonlySet<string> = new Set(['-h', '--help', '-v', '--version', '--check-config', '--print-config']);

/** Reads flags the way Gunicorn's argparse does: abbreviations, attached values of short flags, `=`. */
export function readGunicorn(path: string, words: readonly Word[], source: 'flag' | 'environment'): Arguments {
  const settings = new Map<string, Setting>();
  let positional: string | undefined;
  let complete = true;
  let seen = false;
  const take = (name: string, flag: Word, value: Word | undefined, attached?: string) => {
    const known = attached ?? value?.value;
    settings.set(name, { ...(known === undefined ? {} : { value: known }), path, range: rangeOf(value ?? flag), source, flag });
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const known = word.value ?? word.prefix;
    if (known === undefined || known === '') {
      if (word.many) complete = false;
      else seen = true;
      continue;
    }
    if (ends.has(known)) return { settings, complete, stops: true };
    if (known === '--') continue;
    if (!known.startsWith('-') || known === '-') {
      if (!seen && word.value !== undefined) positional = word.value;
      seen = true;
      continue;
    }
    const long = known.startsWith('--');
    const equals = known.indexOf('=');
    const written = long ? (equals === -1 ? known : known.slice(0, equals)) : known.slice(0, 2);
    const setting = gunicornFlag(written);
    if (!setting) {
      // A flag nobody knows may come with a value, or from a newer version.
      complete = false;
      const next = words[at + 1]?.value;
      if (equals === -1 && next !== undefined && !next.startsWith('-') && !/^[\w.]+:\w/.test(next)) at++;
      continue;
    }
    const rest = long ? (equals === -1 ? undefined : known.slice(equals + 1)) : known.length > 2 ? known.slice(2).replace(/^=/, '') : undefined;
    if (word.value === undefined) take(setting.name, word, undefined);
    else if (setting.arity === 0) take(setting.name, word, undefined, setting.name === 'sendfile' ? 'false' : 'true');
    else if (rest !== undefined) take(setting.name, word, undefined, rest.trim());
    else if (setting.arity === '?' && (words[at + 1]?.value ?? '-').startsWith('-')) take(setting.name, word, undefined, 'true');
    else if (at + 1 < words.length) take(setting.name, word, words[++at]);
    else complete = false;
  }
  return { settings, complete, ...(positional === undefined ? {} : { positional }) };
}

const celeryShort: Readonly<Record<string, string>> = { A: 'app', P: 'pool', c: 'concurrency', Q: 'queues', l: 'loglevel', n: 'hostname', O: 'optimization', X: 'exclude_queues', B: 'beat', D: 'detach', E: 'task_events', s: 'schedule', b: 'broker', h: 'help' };
const celerySwitches: ReadonlySet<string> = new Set(['beat', 'detach', 'task_events', 'purge', 'without_gossip', 'without_mingle', 'without_heartbeat', 'help', 'version', 'quiet', 'disable_prefetch', 'skip_checks']);

/** Reads the options of `celery … worker`, those before the sub-command included. */
export function readCelery(path: string, words: readonly Word[]): Arguments {
  return read(path, words, celeryShort, celerySwitches);
}

const serverSwitches: ReadonlySet<string> = new Set(['reload', 'debug', 'no_reload', 'no_debug', 'proxy_headers', 'no_proxy_headers', 'access_log', 'no_access_log', 'server_header', 'no_server_header', 'date_header', 'no_date_header', 'factory', 'use_colors', 'no_use_colors', 'help', 'version', 'with_threads', 'without_threads', 'ws_per_message_deflate', 'no_ws', 'respawn_failed_workers', 'websockets', 'no_websockets', 'daemon']);
const serverShort: Readonly<Record<string, string>> = { h: 'host', p: 'port', b: 'bind', w: 'workers', k: 'worker_class', A: 'app', c: 'config', D: 'daemon' };

/** Reads the options of the servers of which no table is kept: a long flag and, unless it is a switch, its value. */
export function readOptions(path: string, words: readonly Word[]): Arguments {
  return read(path, words, serverShort, serverSwitches);
}

function read(path: string, words: readonly Word[], short: Readonly<Record<string, string>>, switches: ReadonlySet<string>): Arguments {
  const settings = new Map<string, Setting>();
  let positional: string | undefined;
  let complete = true;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const known = word.value ?? word.prefix;
    if (known === undefined || known === '') {
      if (word.many) complete = false;
      continue;
    }
    if (known === '--') break;
    const parts = /^(?:--([\w-]+)|-(\w))(=)?([\s\S]*)$/.exec(known);
    if (!parts) {
      if (!known.startsWith('-') && !/^(?:worker|beat|run|dev)$/.test(known)) positional ??= word.value;
      continue;
    }
    const name = parts[1]?.replaceAll('-', '_') ?? short[parts[2]!];
    if (name === undefined) continue;
    const attached = parts[3] || parts[4] ? parts[4]! : undefined;
    let value: Word | undefined;
    if (attached === undefined && !switches.has(name) && !words[at + 1]?.value?.startsWith('-')) value = words[at + 1] && words[++at];
    const text = word.value === undefined ? undefined : (attached ?? (value ? value.value : 'true'));
    settings.set(name, { ...(text === undefined ? {} : { value: text }), path, range: rangeOf(value ?? word), source: 'flag', flag: word });
  }
  return { settings, complete, ...(positional === undefined ? {} : { positional }) };
}

/** Splits a string into words as `shlex.split` does; all of them are said to stand at `range`. */
export function wordsIn(text: string, range: Range): Word[] {
  const found: Word[] = [];
  for (const match of text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|[^\s"'\\])+/gs)) {
    const value = match[0].replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double?: string, single?: string, escaped?: string) => double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '');
    found.push({ start: range.start, end: range.end, text: match[0], value, indirect: true });
  }
  return found;
}

function rangeOf(range: Range): Range {
  return { start: range.start, end: range.end };
}
