/** Config files: what they say, what is wrong with them, and which one counts. */

import assert from 'node:assert/strict';
import { configFor, emptyConfig, isConfigFile, parseConfig, type Config, type Settings } from '../server/src/config.ts';
import { render } from '../server/src/messages/index.ts';
import type { Rule } from '../server/src/rule.ts';
import { nearest } from '../server/src/spelling.ts';

const rule = (id: string, options: Rule['options'] = {}): Rule => ({ id, summary: '', level: 'warning', fix: 'none', messages: {}, options, *check() {} });
const sleep = rule('blocking-sleep');
const keys = rule('redis-keys');
const flags = rule('gunicorn-missing-flag', { flags: { description: '', default: ['--timeout'] }, most: { description: '', default: 4 }, strict: { description: '', default: false } });
const rules = [sleep, keys, flags];

/** The problems of a file as `text they stand under: message`. */
function problems(text: string, path = 'unblock.toml'): string[] {
  return parseConfig(path, text, rules).problems.map(({ range, message }) => `${text.slice(range.start, range.end)}: ${render(message, 'en')}`);
}

function config(text: string): Config {
  const { config, problems } = parseConfig('unblock.toml', text, rules);
  assert.deepEqual(problems, []);
  assert.ok(config);
  return config;
}

describe('A config file', () => {
  it('gives levels, options, overrides and excluded files, however they are written', () => {
    const whole = { levels: { 'redis-keys': 'off' }, options: { 'gunicorn-missing-flag': { flags: ['--backlog'], most: 2 } }, overrides: [{ files: ['tests/**'], levels: { 'blocking-*': 'hint' }, options: {} }], exclude: ['gen'] };
    const compact = 'exclude = ["gen"]\nrules = { redis-keys = "off" }\noptions.gunicorn-missing-flag = { flags = ["--backlog"], most = 2 }\noverrides = [{ files = ["tests/**"], rules = { "blocking-*" = "hint" } }]\n';
    const tables = 'exclude = ["gen"]\n[rules]\nredis-keys = "off"\n[options."gunicorn-missing-flag"]\nflags = ["--backlog"]\nmost = 2\n[[overrides]]\nfiles = ["tests/**"]\nrules."blocking-*" = "hint"\n';
    assert.deepEqual(config(compact), whole);
    assert.deepEqual(config(tables), whole);
    const inProject = `[project]\nname = "x"\n[tool.unblock]\nexclude = ["gen"]\n[tool.unblock.rules]\nredis-keys = "off"\n`;
    assert.deepEqual(parseConfig('api/pyproject.toml', inProject, rules), { config: { ...emptyConfig, levels: { 'redis-keys': 'off' }, exclude: ['gen'] }, problems: [] });
  });

  it('is none where a pyproject.toml does not speak of us, however broken it is', () => {
    assert.deepEqual(parseConfig('pyproject.toml', '[tool.ruff]\nline-length = 100\n', rules), { config: undefined, problems: [] });
    assert.deepEqual(parseConfig('pyproject.toml', '[tool.ruff\n', rules), { config: undefined, problems: [] });
    assert.deepEqual(problems('[tool.unblock]\nrules = {\n', 'pyproject.toml').length, 1);
    assert.deepEqual([isConfigFile('a/pyproject.toml'), isConfigFile('unblock.toml'), isConfigFile('.unblock.toml'), isConfigFile('my-unblock.toml')], [true, true, true, false]);
  });

  it('is told of every mistake at its place, and keeps the rest', () => {
    const text = '# 你好 😀\nexcldue = []\nexclude = ["gen", 3]\n[rules]\nredis-kys = "off"\nredis-keys = "warn"\nblocking-sleep = "error"\n"nothing-*" = "off"\n[options]\nredis-keys = 1\n[options.gunicorn-missing-flag]\nmost = "many"\nflag = []\nflags = [1]\nstrict = true\n';
    assert.deepEqual(problems(text), [
      'excldue: Unknown key `excldue`; did you mean `exclude`?',
      '3: `exclude` must be a list of strings.',
      'redis-kys: There is no rule `redis-kys`; did you mean `redis-keys`?',
      '"warn": `warn` is no level; did you mean `warning`?',
      '"nothing-*": No rule matches `nothing-*`.',
      '1: `redis-keys` must be a table.',
      '"many": `most` must be a number.',
      'flag: `gunicorn-missing-flag` has no option `flag`; did you mean `flags`?',
      '[1]: `flags` must be a list of strings.',
    ]);
    assert.deepEqual(parseConfig('unblock.toml', text, rules).config, { levels: { 'blocking-sleep': 'error' }, options: { 'gunicorn-missing-flag': { strict: true } }, overrides: [], exclude: ['gen'] });
  });

  it('teaches what blocks, what does not, and what runs elsewhere', () => {
    assert.deepEqual(config('[models]\nblocking = ["mylib.fetch"]\noffloads = ["app.jobs.run", "app.jobs.later"]\n').models, { blocking: ['mylib.fetch'], nonblocking: [], offloads: ['app.jobs.run', 'app.jobs.later'] });
    assert.deepEqual(parseConfig('pyproject.toml', '[tool.unblock]\nmodels = { nonblocking = ["legacy.fetch"] }\n', rules).config?.models, { blocking: [], nonblocking: ['legacy.fetch'], offloads: [] });
    assert.equal(config('[rules]\n').models, undefined);
    assert.deepEqual(problems('[models]\nblockin = ["x"]\nblocking = "x"\nnonblocking = ["y", 1]\n'), [
      'blockin: Unknown key `blockin`; did you mean `blocking`?',
      '"x": `blocking` must be a list of strings.',
      '1: `nonblocking` must be a list of strings.',
    ]);
    assert.deepEqual(problems('models = ["x"]\n'), ['["x"]: `models` must be a table.']);
  });

  it('is told of wrong shapes', () => {
    assert.deepEqual(problems('rules = []\noptions = 2\nexclude = "x"\noverrides = {}\n'), [
      '[]: `rules` must be a table.',
      '2: `options` must be a table.',
      '"x": `exclude` must be a list of strings.',
      '{}: `overrides` must be a list of tables (`[[overrides]]`).',
    ]);
    assert.deepEqual(problems('[[overrides]]\nrules = { redis-keys = "off" }\n'), ['[[overrides]]: An override needs `files`, a list of globs.']);
    assert.deepEqual(problems('rules = { redis-keys = true, blocking-sleep = 2024-01-01 }\n').length, 2);
    assert.deepEqual(problems('options.gunicorn-missing-flag.constructor = 1\n'), ['constructor: `gunicorn-missing-flag` has no option `constructor`.']);
  });

  it('never throws, and underlines one line when it is not TOML', () => {
    for (const text of ['a = ', 'rules = {', '[x\n', 'a = "b\n', '😀', 'a=1\na=2', '\0', 'a = """', '[[a]]\n[a]\n', 'x.y = 1\nx = 2\n']) {
      const { config, problems } = parseConfig('unblock.toml', text, rules);
      assert.equal(config, undefined, text);
      assert.equal(problems.length, 1, text);
      const { start, end } = problems[0]!.range;
      assert.ok(start < end && end <= text.length && !/[\n\r]/.test(text.slice(start, end)), JSON.stringify([text, start, end]));
    }
    assert.equal(text(parseConfig('unblock.toml', 'a = ', rules).problems), 'This file is not valid TOML, so none of its settings count: Unspecified values are invalid.');
  });
});

const text = (problems: ReturnType<typeof parseConfig>['problems']): string => problems.map(({ message }) => render(message, 'en')).join('\n');

describe('The config of a file', () => {
  const settings: Settings = { ...emptyConfig, levels: { 'redis-keys': 'hint', 'blocking-sleep': 'info' }, exclude: ['vendored'] };
  const top = config('exclude = ["/gen"]\nrules = { "blocking-*" = "error" }\n[[overrides]]\nfiles = ["tests"]\nrules = { "blocking-*" = "off" }\n[[overrides]]\nfiles = ["tests/slow/**"]\nrules = { blocking-sleep = "hint" }\n');
  const inner = config('rules = { redis-keys = "off" }\noptions.gunicorn-missing-flag.flags = ["--backlog"]\n');
  const files = new Map([['unblock.toml', top], ['api/pyproject.toml', inner]]);
  const levels = (path: string, given: Settings = settings) => [sleep, keys, flags].map((one) => configFor(path, files, given).level(one));

  it('comes from the nearest folder above; settings fill its gaps, the rule the rest', () => {
    assert.deepEqual(levels('app.py'), ['error', 'hint', 'warning']);
    assert.deepEqual(levels('api/deep/er/app.py'), ['info', 'off', 'warning']);
    assert.deepEqual(levels('apiary/app.py'), ['error', 'hint', 'warning']);
    assert.equal(configFor('api/x.py', files, settings).configuredLevel('gunicorn-missing-flag'), undefined);
    assert.deepEqual(configFor('api/x.py', files, settings).options(flags), { flags: ['--backlog'], most: 4, strict: false });
    assert.deepEqual(configFor('x.py', files, settings).options(flags), { flags: ['--timeout'], most: 4, strict: false });
  });

  it('lets the last matching override win', () => {
    assert.deepEqual(levels('tests/test_app.py'), ['off', 'hint', 'warning']);
    assert.deepEqual(levels('tests/slow/test_app.py'), ['hint', 'hint', 'warning']);
    assert.deepEqual(levels('a/tests/test_app.py')[0], 'off');
  });

  it('prefers an id to a glob, and of globs the last', () => {
    const given = { ...emptyConfig, levels: { '*': 'info', 'blocking-sleep': 'error', 'blocking-*': 'off', 'redis-*': 'hint' } as const };
    assert.deepEqual([sleep, keys, flags].map((one) => configFor('x.py', new Map(), given).level(one)), ['error', 'hint', 'info']);
  });

  it('adds up excluded files', () => {
    const excluded = (path: string): boolean => configFor(path, files, settings).excluded;
    assert.deepEqual(['gen/x.py', 'a/gen/x.py', 'vendored/x.py', 'a/vendored/x.py', 'api/gen/x.py', 'app.py'].map(excluded), [true, false, true, true, false, false]);
  });

  it('obeys `--level` before all, a config above the root last, and `--config` alone', () => {
    assert.deepEqual(levels('api/app.py', { ...settings, final: { '*': 'error' } }), ['error', 'error', 'error']);
    const outer = { config: config('exclude = ["service/old"]\nrules = { redis-keys = "error" }\n'), base: 'service/' };
    assert.deepEqual(levels('app.py', { ...settings, outer }), ['error', 'hint', 'warning']);
    assert.equal(configFor('app.py', new Map(), { ...settings, outer }).level(keys), 'error');
    assert.ok(configFor('old/app.py', new Map(), { ...settings, outer }).excluded);
    assert.deepEqual(levels('app.py', { ...settings, outer, alone: true }), ['info', 'error', 'warning']);
  });

  it('prefers unblock.toml to the pyproject.toml beside it', () => {
    const both = new Map([['pyproject.toml', inner], ['unblock.toml', top]]);
    assert.equal(configFor('x.py', both, emptyConfig).level(sleep), 'error');
  });
});

describe('A misspelt word', () => {
  it('is matched with the nearest candidate, or with none', () => {
    const words = ['error', 'warning', 'info', 'hint', 'off'];
    assert.deepEqual(['eror', 'warn', 'WARNING', 'inof', 'of', 'critical', ''].map((word) => nearest(word, words)), ['error', 'warning', 'warning', 'info', 'off', undefined, undefined]);
  });
});
