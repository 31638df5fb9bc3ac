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
  const same = known.every((value) => value.text === first.text && value.list === first.list);
  if (same && known.length === values.length) return first;
  // `if [ -z "$A" ]; then A=4; fi` is a default.
  if (isDefault && same) return first;
  // `CMD="ddtrace-run $CMD"` in a branch: what all branches run is the shorter one.
  if (known.length === values.length && known.every((value) => value.text !== undefined && first.text && value.text.endsWith(first.text))) return first;
  return { range: known.at(-1)!.range };
}

/** The value as a word; lists are joined. */
export function toWord(value: Value): Word {
  const text = value.text ?? (value.list?.every((word) => word.value !== undefined) ? value.list.map((word) => word.value).join(' ') : undefined);
  return { start: value.range.start, end: value.range.end, text: text ?? '', ...(text === undefined ? {} : { value: text }) };
}
