/** Which program a command starts, behind its wrappers. */

import type { Assignment, Word } from '../facts.ts';
import { serverTable } from '../knowledge/servers.ts';
import { verbOf } from './arguments.ts';
import { wrappersNamed, type Wrapper } from '../knowledge/gunicorn.ts';

export type Program = 'gunicorn' | 'uvicorn' | 'celery worker' | 'celery beat' | 'hypercorn' | 'granian' | 'fastapi' | 'flask' | 'daphne' | 'python';

export interface Started {
  readonly program: Program;
  /** The word that names it. */
  readonly word: Word;
  readonly rest: readonly Word[];
  readonly wrappers: readonly Word[];
  /** `A=b` behind `env`. */
  readonly assignments: readonly Assignment[];
  /** For `python`: the script or the module of `-m`. */
  readonly script?: string;
  readonly module?: string;
  readonly patchedBefore?: boolean;
  readonly development?: boolean;
}

const servers: ReadonlySet<string> = new Set(['gunicorn', 'uvicorn', 'hypercorn', 'granian', 'daphne']);
const interpreter = /^(?:python|pypy)(?:\d+(?:\.\d+)?)?$/;

/** The program that `words` start; undefined for everything that is no server and no Python program. */
export function programOf(words: readonly Word[]): Started | undefined {
  const wrappers: Word[] = [];
  const assignments: Assignment[] = [];
  let patchedBefore = false;
  let at = 0;
  // Each turn takes one wrapper off.
  while (at < words.length) {
    const word = words[at]!;
    if (word.value === undefined) return undefined;
    const name = word.value.replace(/^.*\//, '');
    const rest = words.slice(at + 1);
    const common = { word, wrappers, assignments, ...(patchedBefore ? { patchedBefore } : {}) };
    if (interpreter.test(name)) {
      const run = interpreted(words, at);
      if (!run) return undefined;
      if (run.module === 'gevent.monkey') {
        patchedBefore = true;
        at = run.at + 1;
        while (words[at]?.value?.startsWith('-')) at++;
        continue;
      }
      const target = words[run.at]!;
      const known = run.module?.split('.', 1)[0] ?? target.value!.replace(/^.*\//, '');
      if (servers.has(known) || known === 'celery' || known === 'flask' || known === 'fastapi' || wrappersNamed(known).length > 0) {
        const renamed = [...words.slice(0, run.at), { ...target, value: known }, ...words.slice(run.at + 1)];
        const inner = programOf(renamed.slice(run.at));
        return inner && { ...inner, wrappers: [...wrappers, ...inner.wrappers], assignments: [...assignments, ...inner.assignments], ...(patchedBefore ? { patchedBefore } : {}) };
      }
      const what = run.module !== undefined ? { module: run.module } : { script: target.value! };
      return { program: 'python', ...common, word, rest: words.slice(run.at + 1), ...what };
    }
    if (/\.py$/.test(name)) return { program: 'python', ...common, rest, script: word.value };
    const server = serverOf(name, rest);
    if (server) return { ...common, rest, ...server };
    const next = unwrap(words, at, assignments);
    if (next === undefined) return undefined;
    wrappers.push(word);
    at = next;
  }
  return undefined;
}

function serverOf(name: string, rest: readonly Word[]): { readonly program: Program; readonly development?: boolean } | undefined {
  if (servers.has(name)) return { program: name as Program };
  const table = serverTable(name === 'celery' ? 'celery worker' : name);
  if (name !== 'celery' && name !== 'flask' && name !== 'fastapi') return undefined;
  const verb = verbOf(rest, table!)?.value;
  // Where a word hides the sub-command, one further right tells.
  const has = (wanted: string) => (verb === undefined ? rest.some((word) => word.value === wanted) : verb === wanted);
  if (name === 'celery' && has('worker')) return { program: 'celery worker' };
  if (name === 'celery' && has('beat')) return { program: 'celery beat' };
  if (name === 'flask' && has('run')) return { program: 'flask' };
  if (name === 'fastapi' && has('run')) return { program: 'fastapi' };
  if (name === 'fastapi' && has('dev')) return { program: 'fastapi', development: true };
  return undefined;
}

/** Position of the script, or of the module's name behind `-m`. */
function interpreted(words: readonly Word[], from: number): { readonly at: number; readonly module?: string } | undefined {
  for (let at = from + 1; at < words.length; at++) {
    const { value } = words[at]!;
    if (value === undefined || value === '-' || value === '-c') return undefined;
    if (value === '-m') {
      const module = words[at + 1]?.value;
      return module === undefined ? undefined : { at: at + 1, module };
    }
    if (value === '-W' || value === '-X') at++;
    else if (!value.startsWith('-')) return { at };
  }
  return undefined;
}

/** Position of the command behind the wrapper at `from`; undefined when it is none. */
function unwrap(words: readonly Word[], from: number, assignments: Assignment[]): number | undefined {
  const name = words[from]!.value!.replace(/^.*\//, '');
  for (const wrapper of wrappersNamed(name)) {
    const at = behind(wrapper, words, from, assignments);
    if (at !== undefined) return at;
  }
  return undefined;
}

function behind(wrapper: Wrapper, words: readonly Word[], from: number, assignments: Assignment[]): number | undefined {
  let at = from + 1;
  if (wrapper.until) {
    const end = words.findIndex((word, index) => index > from && word.value === '--');
    return end === -1 ? undefined : end + 1;
  }
  for (const verb of wrapper.after ?? []) {
    // Options of the tool itself may stand before its verb: `poetry -C backend run`.
    while (words[at]?.value !== verb && words[at]?.value?.startsWith('-')) at += words[at]!.value!.includes('=') || words[at + 1]?.value === verb ? 1 : 2;
    if (words[at++]?.value !== verb) return undefined;
  }
  let positional = wrapper.positional ?? 0;
  for (; at < words.length; at++) {
    const word = words[at]!;
    const value = word.value ?? word.prefix ?? '';
    if (value === '--') return at + 1;
    const assigned = /^([A-Za-z_]\w*)=/.exec(value);
    if (value.startsWith('-') && value !== '-') {
      if (wrapper.module !== undefined && value === wrapper.module) return at + 1;
      if (!value.includes('=') && (wrapper.valued?.includes(value) || (wrapper.valued?.includes('*') && value.startsWith('--')))) at++;
    } else if (assigned && (wrapper.assignments || wrapper.name === 'exec')) {
      const known = word.value === undefined ? {} : { value: word.value.slice(assigned[0].length) };
      assignments.push({ start: word.start, end: word.end, name: assigned[1]!, value: { start: word.start, end: word.end, text: word.text, ...known } });
    } else if (positional > 0) positional--;
    else return at;
  }
  return undefined;
}
