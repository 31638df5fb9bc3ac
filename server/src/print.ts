/** What tells texts apart where only one of them is at hand. */

/** Two texts with the same print are taken for the same. */
export interface Print {
  /** In UTF-16 code units. */
  readonly length: number;
  /** Of 32 bits; of two texts that differ in a single unit it is never the same. */
  readonly hash: number;
}

export function printOf(text: string): Print {
  const { length } = text;
  let hash = length;
  for (let at = 0; at < length; at++) hash = Math.imul((hash << 5 | hash >>> 27) ^ text.charCodeAt(at), 0x9e3779b1);
  return { length, hash };
}

export function samePrint(one: Print, other: Print): boolean {
  return one.length === other.length && one.hash === other.hash;
}
