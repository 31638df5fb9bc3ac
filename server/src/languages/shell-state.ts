/** What shell commands leave behind for the commands after them. */

import type { Word } from '../facts.ts';
import type { Value } from './words.ts';

/** Everything the commands so far have left behind. */
export class State {
  variables = new Map<string, Value>();
  exported = new Set<string>();
  exportAll = false;
  positional: readonly Word[] | undefined;
  directories: readonly string[] = [''];
  certain = false;
  inScriptFolder = false;

  clone(): State {
    const copy = Object.assign(new State(), this);
    copy.variables = new Map(this.variables);
    copy.exported = new Set(this.exported);
    return copy;
  }
}

/** What a variable holds after branches that left it with `values`. */
export function agreed(values: readonly (Value | undefined)[], isDefault: boolean): Value {
  const known = values.filter((value) => value !== undefined);
  const first = known[0]!;
  const same = known.every((value) => value.text === first.text && value.list === first.list && value.template === first.template && value.either === first.either);
  if (same && known.length === values.length) return first;
  // `if [ -z "$A" ]; then A=4; fi` is a default.
  if (isDefault && same) return first;
  // `CMD="ddtrace-run $CMD"` in a branch: what all branches run is the shorter one.
  if (known.length === values.length && known.every((value) => value.text !== undefined && first.text && value.text.endsWith(first.text))) return first;
  const { range } = known.at(-1)!;
  const either = distinct(values.flatMap((value) => value?.either ?? [value ?? { text: '', range }]));
  return { range, ...(either.length <= most && either.every((value) => (value.text ?? value.list ?? value.template) !== undefined) ? { either } : {}) };
}

/** More ways than this to fill in a variable are not followed. */
const most = 4;

function distinct(values: readonly Value[]): readonly Value[] {
  return values.filter((value, index) => values.findIndex((other) => other.text === value.text && other.list === value.list && other.template === value.template) === index);
}

/**
 * The variable in front of a command whose branches gave it several values (`exec "${SERVER[@]}" --port 80`): the command
 * is run in one of these ways. What may be empty is a wrapper, and is left out.
 */
export function choiceOf(words: readonly string[], variables: ReadonlyMap<string, Value>): { readonly name: string; readonly values: readonly Value[] } | undefined {
  const first = words[0] === 'exec' ? words[1] : words[0];
  const name = /^"?\$\{?(\w+)(?:\[@\])?\}?"?$/.exec(first ?? '')?.[1];
  const either = name === undefined ? undefined : variables.get(name)?.either;
  if (!either) return undefined;
  const empty = either.find(({ text }) => text === '');
  return { name: name!, values: empty && words.length > (words[0] === 'exec' ? 2 : 1) ? [empty] : either.filter(({ text }) => text !== '') };
}

/** The value as a word; lists are joined. */
export function toWord(value: Value): Word {
  const text = value.text ?? (value.list?.every((word) => word.value !== undefined) ? value.list.map((word) => word.value).join(' ') : undefined);
  return { start: value.range.start, end: value.range.end, text: text ?? '', ...(text === undefined ? {} : { value: text }) };
}
