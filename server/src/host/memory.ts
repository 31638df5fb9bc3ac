/** How the engine's memory grows. */

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes for young objects: what serves one question should die among them. */
const youngRoom = 16_000_000;

let small = false;

/**
 * Keeps garbage from filling memory while many files are read, until `leaveRoom`; each thread asks for itself. Takes about a
 * tenth of a second. Room for young objects is given at once and grows no further, and old ones are looked through once they
 * have grown by a fifth, where V8 would wait until they are three times as many. What lives long is little (`packed/`), so this
 * costs a little of the time of a scan and saves a third of its memory.
 */
export function keepMemorySmall(): void {
  small = true;
  // The room grows only while much survives in it; its size cannot be given to a process that runs.
  setFlagsFromString('--semi-space-growth-factor=2');
  let survivors: object[] = [];
  for (let round = 0; round < 50 && roomNow() < youngRoom; round++) {
    if (round % 3 === 0) survivors = [];
    for (let i = 0; i < 20_000; i++) survivors.push({ i });
  }
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}

/** V8 decides again when old objects are looked through: doing it so often would halve the pace of keystrokes in a large file. */
export function leaveRoom(): void {
  if (!small) return;
  small = false;
  setFlagsFromString('--heap-growing-percent=0');
}

function roomNow(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? youngRoom;
}
