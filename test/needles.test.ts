/** Words of patterns are found wherever the patterns match. */

import assert from 'node:assert/strict';
import { Needles, wordsOf, type Needle } from '../server/src/workspace/needles.ts';

describe('Words of a pattern', () => {
  for (const [pattern, words] of [
    [/session|conn|\bdb\b/i, ['session', 'conn', 'db']],
    [/\b(?:reload|workers)\s*=/, ['reload', 'workers']],
    [/Connection_?Pool/i, ['connection']],
    [/_(?:limit|per_child)\b/, ['limit', 'per_child']],
    [/(?<=some)(?!thing)one|x{0,3}two/, ['one', 'two']],
    [/["'](?:a|b)\+c:\/\//, ['+c://']],
    [/ab+cd/, ['ab']],
  ] as const) {
    it(`${pattern} are ${words.join(', ')}`, () => assert.deepEqual(wordsOf(pattern), words));
  }

  for (const pattern of [/[a-z]+/, /one|.*/, /(?:one)?/, /\u0041bc/]) it(`${pattern} are not known`, () => assert.equal(wordsOf(pattern), undefined));
});

describe('A search for words', () => {
  const needles: readonly Needle[] = ['he', 'she', 'his', 'hers', 'conn', '.get('].map((word, number) => ({ word, number, whole: false }));
  const names: readonly Needle[] = ['run', 'Client', 'run_all'].map((word, index) => ({ word, number: 10 + index, whole: true }));
  const search = new Needles([...needles, ...names]);
  const found = (text: string): readonly number[] => {
    const all = new Set<number>();
    search.in(text, (number) => all.add(number));
    return [...all].sort((a, b) => a - b);
  };

  it('finds words within others, in whatever case', () => assert.deepEqual(found('uSHErs'), [0, 1, 3]));
  it('finds what ends where another begins', () => assert.deepEqual(found('Connhis.get('), [2, 4, 5]));
  it('finds names as they are written, and by themselves', () => {
    assert.deepEqual(found('rerun running Run client run_'), []);
    assert.deepEqual(found('overrun; run'), [10]);
    assert.deepEqual(found('Client.run_all()'), [11, 12]);
  });
  it('finds nothing where nothing is', () => assert.deepEqual(found('é'.repeat(300)), []));
});
