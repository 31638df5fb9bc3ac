/** What sections of a file that is being edited say, put together: only sections that are new are looked at again. */

import type { Section } from '../facts.ts';
import type { SectionCalls } from './edges.ts';
import { exchange } from './sections.ts';

interface Said {
  readonly part: SectionCalls;
  readonly answer: readonly unknown[];
}

export class SectionAnswers {
  /** By question, of the file that was asked about last: the sections that say something, in order. */
  readonly #last = new Map<unknown, { readonly parts: readonly SectionCalls[]; readonly said: readonly Said[] }>();

  /** What `ask` answers of each of `parts`, one after the other; a part that was asked `question` once is not asked again. */
  of<T>(question: unknown, parts: readonly SectionCalls[], ask: (section: Section) => readonly T[]): readonly T[] {
    let last = this.#last.get(question);
    if (last?.parts !== parts) {
      const { gone, come } = exchange(last?.parts ?? [], parts);
      const without = new Set(gone);
      const said = (last?.said ?? []).filter(({ part }) => !without.has(part));
      const more = come.flatMap((part): readonly Said[] => {
        let answer = part.answers.get(question) as readonly T[] | undefined;
        if (!answer) part.answers.set(question, (answer = ask(part.section)));
        return answer.length === 0 ? [] : [{ part, answer }];
      });
      last = { parts, said: more.length === 0 ? said : [...said, ...more].sort((one, other) => one.part.standing.offset - other.part.standing.offset) };
      this.#last.set(question, last);
    }
    return (last.said as readonly { readonly answer: readonly T[] }[]).flatMap(({ answer }) => answer);
  }
}
