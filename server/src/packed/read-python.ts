/** A Python text that nobody edits → its packed facts, in whichever thread. */

import type { PythonSource } from '../languages/python-source.ts';
import { recovered } from '../languages/recovery.ts';
import { pack } from './pack.ts';

/** Undefined when the text cannot be read. */
export function readPython(source: PythonSource, text: string): ArrayBuffer | undefined {
  try {
    return pack(recovered(text, (code) => source.facts('', code, false)));
  } catch {
    return undefined;
  }
}
