/** Applications that the module a command names does not have. */

import { firstLine, once } from '../findings/gunicorn.ts';
import { startsSomething } from '../findings/launches.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';
import type { Facts } from '../facts.ts';
import { applicationOf } from '../workspace/applications.ts';
import type { Launch } from '../workspace/launches.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-app-not-found', {
  attribute: '`{module}` has no `{name}`: Gunicorn does not start. Write the name that the application has there.',
  standard: '`{module}` has no `application`, which Gunicorn looks for where a command names none: it does not start. Write `{module}:NAME`.',
  module: 'This is the module',
});

export default defineRule({
  id: 'gunicorn-app-not-found',
  summary: 'A command names an application that its module does not have: Gunicorn does not start.',
  level: 'error',
  fix: 'none',
  messages: message.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    yield* once(workspace.launches(file).flatMap((launch) => finding(file, launch, workspace)));
  },
});

function finding(file: Facts, launch: Launch, workspace: Workspace): readonly Finding[] {
  if (launch.program !== 'gunicorn' || launch.application === undefined || launch.entry === undefined) return [];
  const word = launch.arguments.find(({ value }) => value === launch.application);
  const application = word && applicationOf(launch, workspace);
  if (!word || !application?.module || application.found !== 'no' || !isCertain(launch, application.module.path, workspace)) return [];
  const [module, name] = launch.application.split(':', 2) as [string, string?];
  return [{
    range: firstLine(file, word),
    message: name === undefined ? message.standard({ module }) : message.attribute({ module, name: name.replace(/\(.*$/s, '') }),
    notes: [{ path: application.module.path, range: firstWord(application.module), message: message.module() }],
  }];
}

/** Whether the module is surely that file: it lies where the command runs, and no other of the workspace bears its name. */
function isCertain({ application, command, settings }: Launch, path: string, workspace: Workspace): boolean {
  const module = application!.split(':', 1)[0]!.replaceAll('.', '/');
  const tails = [`${module}.py`, `${module}/__init__.py`];
  const root = tails.map((tail) => (path === tail ? '' : path.endsWith(`/${tail}`) ? path.slice(0, -tail.length - 1) : undefined)).find((folder) => folder !== undefined);
  if (root === undefined || !(command?.directories.includes(root) || settings.has('chdir'))) return false;
  for (const other of workspace.paths) if (other !== path && tails.some((tail) => other === tail || other.endsWith(`/${tail}`))) return false;
  return true;
}

/** The beginning of a file, for a note that means all of it. */
function firstWord({ text }: Facts): { readonly start: number; readonly end: number } {
  const start = Math.max(0, text.search(/\S/));
  return { start, end: start + (/^\S+/.exec(text.slice(start))?.[0].length ?? 0) };
}
