/** Functions that Celery runs as tasks. */

import type { Call, Decorator, Expression, Facts, Scope } from '../facts.ts';
import { mentioning } from './mentions.ts';
import type { SectionQuestion, Workspace } from './workspace.ts';

/** A function that a decorator makes a Celery task. */
export interface Task {
  readonly scope: Scope;
  readonly decorator: Decorator;
  /** The decorator's call, where it has arguments. */
  readonly options?: Call;
}

const speaksOfTasks = mentioning(/task/);

/** Whether a file may have tasks at all. */
export const mayHaveTasks = (file: Facts): boolean => file.language === 'python' && speaksOfTasks(file);

/** The Celery tasks of a file, by position. */
export function tasksOf(file: Facts, workspace: Workspace): readonly Task[] {
  if (!mayHaveTasks(file)) return [];
  return workspace.remembered(`tasks of ${file.path}`, () => workspace.bySection(file, tasksIn));
}

const tasksIn: SectionQuestion<Task> = ({ scopes }, file, workspace) => scopes.flatMap((scope) => {
  for (const decorator of scope.function?.decorators ?? []) {
    const options = decorator.value.kind === 'call' ? file.calls[decorator.value.call] : undefined;
    if (makesTask(file, options?.callee ?? decorator.value, scope, workspace)) return [{ scope, decorator, ...(options ? { options } : {}) }];
  }
  return [];
});

/** The task whose code a scope is; undefined for everything else. */
export function taskAround(file: Facts, scope: number, workspace: Workspace): Task | undefined {
  const tasks = tasksOf(file, workspace);
  if (tasks.length === 0) return undefined;
  for (let at = scope; at > 0; at = file.scopes[at]!.parent) {
    const task = tasks.find((one) => one.scope.index === at);
    if (task) return task;
  }
  return undefined;
}

/** `@celery.task`, `@shared_task`: prefect, invoke and others have decorators of the same name. */
function makesTask(file: Facts, decorator: Expression, scope: Scope, workspace: Workspace): boolean {
  if (decorator.kind === 'name') {
    if (decorator.name !== 'shared_task' && decorator.name !== 'task') return false;
    return importedFrom(file, decorator.name, /^celery(\.|$)/);
  }
  if (decorator.kind !== 'attribute' || (decorator.name !== 'task' && decorator.name !== 'shared_task')) return false;
  const owner = decorator.object;
  const types = workspace.types(file, owner, scope.parent, scope.start);
  if (types.length > 0) return types.some((type) => /^celery\./.test(type));
  if (owner.kind !== 'name' && owner.kind !== 'attribute') return false;
  return /celery/i.test(owner.name) || (owner.kind === 'name' && importedFrom(file, owner.name, /(^|[._])celery/i));
}

function importedFrom(file: Facts, name: string, module: RegExp): boolean {
  return file.scopes[0]!.bindings.get(name)?.some(({ value }) => value.kind === 'import' && module.test(value.module)) ?? false;
}
