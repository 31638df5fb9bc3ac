/** What sections of a file that is being edited say by what their names mean, put together. */

import type { Section } from '../facts.ts';
import type { SectionCalls } from './edges.ts';
import { Sayings } from './sections.ts';

export class SectionAnswers {
  /** By question. A section has other calls as soon as what it names may mean something else. */
  readonly #sayings = new Map<unknown, Sayings<SectionCalls, readonly unknown[]>>();

  /** What `ask` answers of each of `parts`, one after the other; a part that was asked `question` once is not asked again. */
  of<T>(question: unknown, parts: readonly SectionCalls[], ask: (section: Section) => readonly T[]): readonly T[] {
    let sayings = this.#sayings.get(question) as Sayings<SectionCalls, readonly T[]> | undefined;
    if (!sayings) this.#sayings.set(question, (sayings = new Sayings()));
    const said = sayings.of(parts, ({ section }) => {
      const answer = ask(section);
      return answer.length === 0 ? undefined : answer;
    }, ({ standing }) => standing.offset);
    return said.flatMap(({ answer }) => answer);
  }
}
