/** SQLAlchemy writing every statement into the log of a service. */

import type { Facts, Range } from '../facts.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';
import { constantOf, enginesOf } from '../workspace/engines.ts';
import { entriesOf, flaskConfig } from '../workspace/flask-config.ts';
import { mentioning } from '../workspace/mentions.ts';
import { startsAsMain } from '../workspace/scripts.ts';
import { isServed } from '../workspace/served.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Written } from '../workspace/written.ts';

const messages = defineMessages('sqlalchemy-echo', {
  echo: '`{name}` writes every SQL statement and its parameters into the log, of every request: it slows the service down, and what users entered can be read there; turn it off, and on by a variable when you look for something',
  set: 'is on here',
  fix: 'Turn `{name}` off',
});

export default defineRule({
  id: 'sqlalchemy-echo',
  summary: 'A service writes every SQL statement into its log.',
  level: 'warning',
  fix: 'safe',
  messages: messages.texts,

  concerns: (file) => speaksOfEcho(file) && !forDevelopment.test(file.path),

  *check(file, workspace) {
    const engines = enginesOf(file, workspace).filter(({ settings }) => settings.has('echo'));
    const entries = entriesOf(file).filter(({ key }) => key === 'SQLALCHEMY_ECHO');
    if (engines.length + entries.length === 0 || workspace.isScript(file) || !isServed(workspace)) return;
    for (const { settings, range } of engines) {
      for (const written of settings.get('echo')!.slice(0, 1)) if (settings.get('echo')!.length === 1) yield* findings(file, 'echo', written, range, workspace);
    }
    const config = entries.length > 0 ? flaskConfig(workspace) : undefined;
    for (const entry of entries) if (config!.arrives(entry) !== false) yield* findings(file, entry.key, entry.value, entry.range, workspace);
  },
});

const speaksOfEcho = mentioning(/\becho\b|_ECHO\b/);
const forDevelopment = /(?:^|[/._-])(?:dev|develop|development|local|debug|tests?|testing|examples?|samples?|demo)(?=[/._-]|$)/i;
const development = /dev|test|local|debug/i;

function* findings(file: Facts, name: string, written: Written, range: Range, workspace: Workspace): Iterable<Finding> {
  const known = constantOf(written, workspace);
  // What a variable or settings class may say otherwise is on for those who want it.
  if (!known || known.setting !== undefined || !isOn(known.value) || isForDevelopment(written) || forDevelopment.test(known.path)) return;
  const literal = literalIn(workspace.file(known.path)!, known.range);
  const here = known.path === file.path;
  const place = here && literal ? literal : range;
  yield {
    range: place,
    message: messages.echo({ name }),
    ...(here || !literal ? {} : { notes: [{ path: known.path, range: literal, message: messages.set() }] }),
    ...(literal ? { fixes: () => [{ title: messages.fix({ name }), safe: true, edits: [{ ...(here ? {} : { path: known.path }), range: literal, text: 'False' }] }] } : {}),
  };
}

function isOn(value: string | number | boolean | null): boolean {
  return value === true || value === 'debug';
}

/** Whether the place says that it holds while somebody develops: a class `DevelopmentConfig`, a branch `if settings.debug`, `echo=DEBUG`. */
function isForDevelopment({ file, scope, block, range }: Written): boolean {
  if (startsAsMain(file, block) || development.test(file.text.slice(range.start, range.end).replace(/["']debug["']/, ''))) return true;
  for (let at = scope; at > 0; at = file.scopes[at]!.parent) if (development.test(file.scopes[at]!.name)) return true;
  for (let at = block; at > 0; at = file.blocks[at]!.parent) {
    const { test, not, start } = file.blocks[at]!;
    // The header of a branch stands right above its first statement.
    if ((test || not) && /dev|test|local|debug|prod|env/i.test(file.text.slice(0, start).split('\n').slice(-3).join('\n'))) return true;
  }
  return false;
}

/** The literal itself in the text of a value. */
function literalIn(file: Facts, range: Range): Range | undefined {
  const found = /\bTrue\b|(["'])debug\1/.exec(file.text.slice(range.start, range.end));
  return found ? { start: range.start + found.index, end: range.start + found.index + found[0].length } : undefined;
}
