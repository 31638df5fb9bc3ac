/** Half-typed code: an open bracket must not hide the functions below it. */

import type { Facts, Range } from '../facts.ts';

/** So many lines above what was swallowed are tried. */
const tries = 2;

/**
 * Facts of `text` by `read`; where the parser swallowed definitions of the top level, those of a text in which the line
 * before them is `pass`. Offsets stay true: the text read is as long.
 */
export function recovered(text: string, read: (text: string) => Facts): Facts {
  const first = read(text);
  let facts = first;
  readable(first, (code) => (facts = read(code)));
  return facts === first || facts.scopes.length <= first.scopes.length ? first : { ...facts, text, errors: first.errors };
}

/**
 * The text of `first`, its facts, where no definition of the top level is swallowed; else one as long in which fewer are.
 * Undefined where none is found.
 */
export function readable(first: Facts, read: (text: string) => Facts): string | undefined {
  let [facts, patched] = [first, first.text];
  for (let k = 0; k < tries; k++) {
    const next = withoutBrokenLine(patched, facts.errors);
    if (next === undefined) return k === 0 ? first.text : undefined;
    patched = next;
    facts = read(patched);
    if (facts.scopes.length > first.scopes.length) return patched;
  }
  return undefined;
}

/** `text` without the last line before a definition that an error swallowed. */
function withoutBrokenLine(text: string, errors: readonly Range[]): string | undefined {
  for (const { start, end } of errors) {
    const swallowed = /\n(?:async +def|def|class|@)[ \w]/.exec(text.slice(start, end));
    if (!swallowed) continue;
    // Lines that an earlier attempt made `pass` or empty are passed over.
    const lines = [...text.slice(0, start + swallowed.index).matchAll(/^[ \t]*(?!pass\s*$)(\S.*?)[ \t]*$/gm)];
    const code = lines.at(-1)?.[1];
    if (code === undefined) return undefined;
    const at = lines.at(-1)!.index + lines.at(-1)![0].indexOf(code);
    return text.slice(0, at) + (code.length < 4 ? '' : 'pass').padEnd(code.length) + text.slice(at + code.length);
  }
  return undefined;
}
