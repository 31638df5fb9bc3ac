/** Programs and what a fix makes of them. */

import assert from 'node:assert/strict';
import { Engine } from '../../server/src/engine.ts';
import { render } from '../../server/src/messages/index.ts';
import { grammars } from '../grammars.ts';

/**
 * `program` after a fix of every finding of `rule`, one at a time until none is left. `title`: which of several fixes, by the
 * beginning of its English title; the first without it.
 */
export async function repaired(program: string, rule: string, title = ''): Promise<string> {
  const engine = await Engine.create(grammars);
  // What `TaskGroup` needs: the programs run on such a Python.
  engine.set('pyproject.toml', '[project]\nrequires-python = ">=3.11"\n');
  let text = program;
  for (let count = 0; ; count++) {
    engine.set('main.py', text);
    const fixes = [...engine.check('main.py')].filter((one) => one.rule === rule).map((one) => one.fixes?.() ?? []).find((found) => found.length > 0);
    if (fixes === undefined) {
      assert.ok(count > 0, `${rule} finds nothing to repair in\n${text}`);
      return text;
    }
    assert.ok(count < 20, `${rule} is never done with\n${text}`);
    const fix = fixes.find((one) => render(one.title, 'en').startsWith(title));
    assert.ok(fix, `no fix ${title}`);
    for (const { range, text: written } of [...fix.edits].sort((a, b) => b.range.start - a.range.start || b.range.end - a.range.end)) text = text.slice(0, range.start) + written + text.slice(range.end);
  }
}
