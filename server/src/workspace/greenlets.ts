/** Programs that run under gevent, and the functions in them that serve clients. */

import type { Facts } from '../facts.ts';
import { concurrencyOf } from './launches.ts';
import type { Place, Workspace } from './workspace.ts';

const handlers = /^(route|get|post|put|patch|delete|before_request|after_request|teardown_request|errorhandler|on|event|on_event|task|shared_task|periodic_task)$/;

/** Where the workspace says that it runs under gevent; undefined when nothing does. */
export function gevented(workspace: Workspace): { readonly evidence: Place['evidence'] } | undefined {
  for (const { file, launch } of workspace.allLaunches()) {
    if (concurrencyOf(launch) === 'greenlets') return { evidence: { path: file.path, range: launch.range } };
  }
  for (const path of workspace.paths) {
    const file = workspace.file(path)!;
    const patch = file.text.includes('patch_all') ? patchCall(file) : undefined;
    if (patch) return { evidence: { path, range: patch } };
  }
  return undefined;
}

/** The call of `gevent.monkey.patch_all` in a file. */
function patchCall(file: Facts) {
  const call = file.calls.find(({ callee }) => (callee.kind === 'attribute' || callee.kind === 'name') && callee.name === 'patch_all');
  return call && file.text.includes('gevent') ? call.calleeRange : undefined;
}

/** Scopes of the functions of a file that run in greenlets by themselves: handlers and tasks; every function of a file that patches. */
export function greenletRoots(file: Facts): ReadonlySet<number> {
  const patches = file.text.includes('patch_all') && patchCall(file) !== undefined;
  const roots = new Set<number>();
  for (const scope of file.scopes) {
    if (scope.kind !== 'function' || scope.function!.async) continue;
    const handler = scope.function!.decorators.some(({ value }) => {
      const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
      return (callee.kind === 'attribute' || callee.kind === 'name') && handlers.test(callee.name);
    });
    if (handler || (patches && file.scopes[scope.parent]!.kind === 'module')) roots.add(scope.index);
  }
  return roots;
}
