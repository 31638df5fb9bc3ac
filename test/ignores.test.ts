/** Ignore comments: what they name, and which text they silence. */

import assert from 'node:assert/strict';
import type { Range } from '../server/src/facts.ts';
import { commentRanges, ignores, silences } from '../server/src/languages/ignores.ts';

/** Each ignore of a text as `scope rules: silenced text`. Comments are found by their `#`, which these texts have nowhere else unless `comments` says so. */
function told(text: string, comments = [...text.matchAll(/#.*/g)].map((match): Range => ({ start: match.index, end: match.index + match[0].length })), continuation: 'python' | 'backslash' = 'python'): string[] {
  return ignores(text, comments, continuation).map((one) => {
    assert.deepEqual(one.ruleRanges.map(({ start, end }) => text.slice(start, end).toLowerCase()), one.rules.map((rule) => rule.toLowerCase()));
    const scope = one.source === 'noqa' ? `noqa ${one.scope}` : one.scope;
    return `${scope} ${one.rules.join('+') || '*'}: ${text.slice(one.target.start, one.target.end).replaceAll('\n', '⏎')}`;
  });
}

describe('An ignore comment', () => {
  it('behind code silences its line', () => {
    assert.deepEqual(told('a()\nb()  # unblock: ignore[blocking-sleep, redis-keys]\nc()\n'), ['line blocking-sleep+redis-keys: b()  # unblock: ignore[blocking-sleep, redis-keys]']);
    assert.deepEqual(told('b()  # unblock: ignore'), ['line *: b()  # unblock: ignore']);
    assert.deepEqual(told('b()\t#unblock:ignore [ x ] because'), ['line x: b()\t#unblock:ignore [ x ] because']);
    assert.deepEqual(told('b()  # type: ignore  # unblock: ignore[x]'), ['line x: b()  # type: ignore  # unblock: ignore[x]']);
  });

  it('alone on its line silences the next statement', () => {
    assert.deepEqual(told('# unblock: ignore[x]\nb()\nc()\n'), ['line x: b()']);
    assert.deepEqual(told('    # unblock: ignore[x]\n    # why\n\n    b(\n        1,\n    )\n    c()\n'), ['line x:     b(⏎        1,⏎    )']);
    assert.deepEqual(told('# unblock: ignore[x]\r\nb()\r\nc()\r\n'), ['line x: b()']);
    assert.deepEqual(told('a()\n# unblock: ignore[x]\n'), ['line x: # unblock: ignore[x]']);
  });

  it('on the last line of a statement silences all of it, on another only that line', () => {
    assert.deepEqual(told('b(\n    1,\n)  # unblock: ignore[x]\nc()\n'), ['line x: b(⏎    1,⏎)  # unblock: ignore[x]']);
    assert.deepEqual(told('b(\n    1,  # unblock: ignore[x]\n    2,\n)\n'), ['line x:     1,  # unblock: ignore[x]']);
    assert.deepEqual(told('b(\n    # unblock: ignore[x]\n    1,\n    2,\n)\n'), ['line x:     1,']);
    assert.deepEqual(told('b = \\\n    1  # unblock: ignore[x]\n'), ['line x: b = \\⏎    1  # unblock: ignore[x]']);
  });

  it('is not misled by strings and brackets in them', () => {
    const text = 'a = "(\\"["\nb = """\n# unblock: ignore[x]\n(\n"""\nc()  # unblock: ignore[y]\n';
    const real = text.lastIndexOf('#');
    assert.deepEqual(told(text, [{ start: real, end: text.length - 1 }]), ['line y: c()  # unblock: ignore[y]']);
    const long = 'q = f("""\n  select\n""")  # unblock: ignore[x]\n';
    assert.deepEqual(told(long), ['line x: q = f("""⏎  select⏎""")  # unblock: ignore[x]']);
    assert.deepEqual(told('a = "never closed\nb()  # unblock: ignore[x]\n'), ['line x: b()  # unblock: ignore[x]']);
    assert.deepEqual(told("# it's (\nb()  # unblock: ignore[x]\n"), ['line x: b()  # unblock: ignore[x]']);
  });

  it('can speak for the whole file', () => {
    assert.deepEqual(told('# unblock: ignore-file[x]\na()\n'), ['file x: # unblock: ignore-file[x]⏎a()⏎']);
    assert.deepEqual(told('a()\n# unblock: ignore-file\n'), ['file *: a()⏎# unblock: ignore-file⏎']);
  });

  it('is none when it is something else, or names nothing', () => {
    for (const comment of ['# unblock: ignored', '# unblock: ignore-files', '# unblock ignore', '# unblock: ignore[]', '# unblock: ignore[ , ]', '# noqa: because', '# noqa-me', '# unblock: ignore_it']) {
      assert.deepEqual(told(`b()  ${comment}\n`), [], comment);
    }
  });

  it('has its own place, from its `#` on', () => {
    const text = '😀 = b()  # why  # unblock: ignore[x]  \n';
    const [one] = ignores(text, [{ start: text.indexOf('#'), end: text.length - 1 }]);
    assert.equal(text.slice(one!.start, one!.end), '# unblock: ignore[x]');
  });
});

describe('noqa', () => {
  it('counts for its line, with its codes', () => {
    assert.deepEqual(told('b()  # noqa: ASYNC210, s311  and more'), ['noqa line ASYNC210+S311: b()  # noqa: ASYNC210, s311  and more']);
    assert.deepEqual(told('b()  # NOQA'), ['noqa line *: b()  # NOQA']);
    assert.deepEqual(told('# noqa\nb()\n'), ['noqa line *: # noqa']);
    assert.deepEqual(told('# ruff: noqa: ASYNC251\nb()\n'), ['noqa file ASYNC251: # ruff: noqa: ASYNC251⏎b()⏎']);
  });

  it('silences rules that have one of its codes, or every rule when it has none', () => {
    const text = 'b()  # noqa: ASYNC251\nc()  # noqa\nd()  # noqa: E501\ne()  # noqa: ASYNC2\nf()\n';
    const all = ignores(text, commentRanges(text));
    const silent = (name: string, ruff?: readonly string[]) => all.some((one) => silences(one, { id: 'blocking-sleep', ...(ruff ? { ruff } : {}) }, { start: text.indexOf(name), end: text.indexOf(name) + 1 }));
    assert.deepEqual(['b()', 'c()', 'd()', 'e()', 'f()'].map((name) => silent(name, ['ASYNC251'])), [true, true, false, true, false]);
    assert.deepEqual(['b()', 'c()'].map((name) => silent(name)), [false, true]);
  });
});

describe('Silencing', () => {
  it('asks for the rule’s id and the place where the finding begins', () => {
    const text = 'a()\nb()  # unblock: ignore[x]\nc()\n';
    const [one] = ignores(text, commentRanges(text));
    const at = (name: string) => ({ start: text.indexOf(name), end: text.indexOf(name) + 1 });
    assert.ok(silences(one!, { id: 'x' }, at('b()')));
    assert.ok(!silences(one!, { id: 'y' }, at('b()')));
    assert.ok(!silences(one!, { id: 'x' }, at('a()')));
    assert.ok(!silences(one!, { id: 'x' }, at('c()')));
  });
});

describe('Comments of formats without a parser', () => {
  it('begin at a line’s start or behind a space, and go on behind `\\`', () => {
    const text = 'FROM x\n# unblock: ignore[y]\nRUN a#b && \\\n    gunicorn app\nweb: c # unblock: ignore[z]\n';
    assert.deepEqual(commentRanges(text).map(({ start, end }) => text.slice(start, end)), ['# unblock: ignore[y]', '# unblock: ignore[z]']);
    assert.deepEqual(told(text, commentRanges(text), 'backslash'), ['line y: RUN a#b && \\⏎    gunicorn app', 'line z: web: c # unblock: ignore[z]']);
  });
});
