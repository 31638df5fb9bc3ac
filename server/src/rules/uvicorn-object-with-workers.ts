/** `uvicorn.run` with an application object, where several processes must import it. */

import type { Argument, Call, Expression, Facts } from '../facts.ts';
import { lineBreak } from '../fixes/imports.ts';
import { logicalLineEnd } from '../fixes/source.ts';
import { defineMessages, defineRule, type Edit, type Fix } from '../rule.ts';
import { mentioning } from '../workspace/mentions.ts';
import { startsAsMain } from '../workspace/scripts.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('uvicorn-object-with-workers', {
  found: '`{setting}` needs other processes to import the application, and an object cannot be imported: Uvicorn prints a warning and exits. Pass it as an import string, such as `"{example}"`',
  fix: 'Pass `"{string}"`',
});

export default defineRule({
  id: 'uvicorn-object-with-workers',
  summary: '`uvicorn.run(app, workers=4)` or `reload=True` with the application as an object: Uvicorn exits without serving.',
  level: 'error',
  fix: 'unsafe', // The string must be importable from the folder that the program is started in.
  messages: messages.texts,

  concerns: (file) => setsEither(file),

  *check(file, workspace) {
    for (const call of file.calls) {
      if ((call.callee.kind !== 'attribute' && call.callee.kind !== 'name') || call.arguments.length < 2) continue;
      const setting = call.arguments.find(needsImport);
      if (!setting || workspace.target(file, call)?.name !== 'uvicorn.run') continue;
      const application = call.arguments.find(({ name, star }, index) => !star && (name === 'app' || (name === undefined && index === 0)));
      if (!application || !isObject(file, call, application.value, workspace)) continue;
      const string = importString(file, application.value, workspace);
      yield {
        range: application.value.kind === 'call' ? file.calls[application.value.call]!.calleeRange : application.valueRange,
        message: messages.found({ setting: file.text.slice(setting.start, setting.end), example: string?.text ?? 'main:app' }),
        fixes: () => (string ? fixes(file, call, application, string) : []),
      };
    }
  },
});

const setsEither = mentioning(/\b(?:reload|workers)\s*=/);

function fixes(file: Facts, call: Call, application: Argument, { text, factory }: ImportString): readonly Fix[] {
  const edits: Edit[] = [{ range: application.valueRange, text: `"${text}"` }];
  if (factory) {
    const last = call.arguments.at(-1)!;
    edits.push({ range: { start: last.end, end: last.end }, text: ', factory=True' });
  }
  const guard = guardEdit(file, call);
  return guard ? [{ title: messages.fix({ string: text }), safe: false, edits: [...guard, ...edits] }] : [];
}

/**
 * Each worker imports the module again: what starts the server must run only in the program itself. Undefined where that
 * takes more than a line in front.
 */
function guardEdit(file: Facts, call: Call): readonly Edit[] | undefined {
  if (call.scope !== 0 || startsAsMain(file, call.block)) return [];
  const statement = file.statements.find((one) => one.start === call.start && one.end === call.end);
  const lineStart = file.text.lastIndexOf('\n', call.start - 1) + 1;
  if (call.block !== 0 || !statement || lineStart !== call.start || file.text[logicalLineEnd(file.text, call.end)] === ';') return undefined;
  const written = file.text.slice(call.start, call.end);
  if (/'''|"""/.test(written)) return undefined;
  const lines = [...written.matchAll(/\n(?=[^\r\n])/g)].map(({ index }) => call.start + index + 1);
  const edit = (at: number, text: string): Edit => ({ range: { start: at, end: at }, text });
  return [edit(call.start, `if __name__ == "__main__":${lineBreak(file)}    `), ...lines.map((at) => edit(at, '    '))];
}

function needsImport({ name, value }: Argument): boolean {
  if (value.kind !== 'constant') return false;
  return name === 'reload' ? value.value === true : name === 'workers' && typeof value.value === 'number' && value.value > 1;
}

/** Whether an argument is an application, and no string that names one. */
function isObject(file: Facts, call: Call, value: Expression, workspace: Workspace): boolean {
  if (value.kind === 'name') {
    const bound = boundIn(file, call.scope, value.name);
    if (bound?.some((one) => one.kind === 'assigned' && one.value.kind === 'constant')) return false;
    if (bound?.some((one) => one.kind === 'function' || one.kind === 'class')) return true;
  }
  if (value.kind !== 'name' && value.kind !== 'attribute' && value.kind !== 'call') return false;
  if (workspace.types(file, value, call.scope, call.start).some((type) => !type.startsWith('builtins.'))) return true;
  if (value.kind !== 'call') return false;
  const made = file.calls[value.call]!.callee;
  return (made.kind === 'name' || made.kind === 'attribute') && /app(lication)?$/i.test(made.name);
}

function boundIn(file: Facts, scope: number, name: string) {
  for (let at = scope; at >= 0; at = file.scopes[at]!.parent) {
    const bound = file.scopes[at]!.bindings.get(name);
    if (bound) return bound.map((binding) => binding.value);
  }
  return undefined;
}

interface ImportString {
  readonly text: string;
  readonly factory: boolean;
}

/** How Uvicorn could import the application: a name on the module's top level, or a function without arguments. */
function importString(file: Facts, value: Expression, workspace: Workspace): ImportString | undefined {
  const made = value.kind === 'call' ? file.calls[value.call]! : undefined;
  if (made && (made.callee.kind !== 'name' || made.arguments.length > 0)) return undefined;
  const name = made ? (made.callee as { readonly name: string }).name : value.kind === 'name' ? value.name : undefined;
  if (name === undefined) return undefined;
  const bound = file.scopes[0]!.bindings.get(name)?.at(-1)?.value;
  if (!bound || (made && bound.kind !== 'function' && bound.kind !== 'import')) return undefined;
  if (bound.kind === 'import') {
    return bound.level === 0 && bound.member !== undefined ? { text: `${bound.module}:${bound.member}`, factory: made !== undefined } : undefined;
  }
  return { text: `${moduleOf(file, workspace)}:${name}`, factory: made !== undefined };
}

/** As the program itself would import the file: its folder is on the path, unless it is part of a package. */
function moduleOf(file: Facts, workspace: Workspace): string {
  const folder = file.path.includes('/') ? file.path.slice(0, file.path.lastIndexOf('/') + 1) : '';
  const name = file.path.slice(folder.length).replace(/\.py$/, '');
  return workspace.file(`${folder}__init__.py`) ? workspace.module(file.path) : name;
}
