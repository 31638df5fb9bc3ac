/** Code that serves nobody: tests, migrations, and scripts with a `main` of their own. */

import type { Call, Expression, Facts, Test } from '../facts.ts';
import { mentioningNames } from './mentions.ts';
import { onlySoundsLikeRoute } from './routes.ts';
import { fromSections } from './sections.ts';
import { summary } from './summaries.ts';

/** The files that another file of the workspace imports. */
export interface Imported {
  has(path: string): boolean;
}

const aside = /(^|\/)(tests?|testing|e2e|cypress|migrations?|alembic|benchmarks?|examples?\/scripts)\/|(^|\/)(test_[^/]*|[^/]*_test|conftest|tests)\.py$/;
const served = /^(get|post|put|patch|delete|head|options|api_route|route|websocket|websocket_route|middleware|exception_handler|on_event|event|task|shared_task|command|callback|tool|resource|listen|on|errorhandler|before_request|after_request|lifespan|asynccontextmanager)$/;
const servers = new Set(['run_app', 'FastAPI', 'Starlette', 'Flask', 'Quart', 'Sanic', 'Application', 'APIRouter', 'Litestar', 'FastMCP', 'AsyncServer', 'start_server', 'Bot', 'Dispatcher', 'Celery', 'SocketIO', 'WSGIServer', 'StreamServer']);

/** Whether a file is a test, a migration or the like, by its path. */
export function standsAside(path: string): boolean {
  return aside.test(path);
}

/** Whether a file's coroutines run in no server: a test, a migration, or a script that nothing imports. */
export function isScript(file: Facts, imported: Imported): boolean {
  if (aside.test(file.path)) return true;
  if (imported.has(file.path)) return false;
  return servesNobody(file);
}

/** Whether a file that is started by itself starts something, and no server. */
export function servesNobody(file: Facts): boolean {
  let known = serving.get(file);
  if (known === undefined) serving.set(file, (known = startsNoServer(file)));
  return known;
}

const serving = new WeakMap<Facts, boolean>();

function startsNoServer(file: Facts): boolean {
  if (!startsItself(file)) return false;
  if (file.calls.some(waitsForTheEnd)) return false;
  if (file.calls.some(({ callee }) => (callee.kind === 'name' || callee.kind === 'attribute') && (servers.has(callee.name) || (callee.name === 'run' && callee.kind === 'attribute' && nameOf(callee.object) === 'uvicorn')))) return false;
  return !file.scopes.some((scope) => scope.function?.decorators.some(({ value }) => {
    const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
    return callee.kind === 'attribute' && served.test(callee.name) && !onlySoundsLikeRoute(file, value);
  }));
}

/** Names of what says that a program should end. */
export const ends = /shut_?down|stop|exit|quit|terminat/i;

/** `await shutdown_event.wait()`: until somebody stops it, such a program serves somebody. */
export function waitsForTheEnd({ callee, awaited, arguments: args }: Call): boolean {
  if (awaited === undefined || callee.kind !== 'attribute' || callee.name !== 'wait' || args.length > 0) return false;
  const { object } = callee;
  return (object.kind === 'name' || object.kind === 'attribute') && ends.test(object.name);
}

const speaksOfFlask = mentioningNames(['flask']);
const views = /^(route|get|post|put|patch|delete)$/;

/** Whether a coroutine is a view of Flask, which gives each request a thread and a loop of its own. */
export function isFlaskView(file: Facts, scope: number): boolean {
  if (!speaksOfFlask(file)) return false;
  return file.scopes[scope]!.function!.decorators.some(({ value }) => {
    const callee = value.kind === 'call' ? file.calls[value.call]!.callee : undefined;
    if (callee?.kind !== 'attribute' || !views.test(callee.name) || callee.object.kind !== 'name') return false;
    const app = file.scopes[0]!.bindings.get(callee.object.name)?.[0]?.value;
    const made = app?.kind === 'assigned' && app.value.kind === 'call' ? file.calls[app.value.call]!.callee : undefined;
    const from = made?.kind === 'name' ? file.scopes[0]!.bindings.get(made.name)?.[0]?.value : undefined;
    return from?.kind === 'import' && from.module === 'flask';
  });
}

const speaksOfLifespan = mentioningNames(['lifespan']);
const lifespans = new WeakMap<Facts, ReadonlySet<string>>();

/** Sanic's and Quart's names for before the first client and after the last. */
const aroundServing: ReadonlySet<string> = new Set(['main_process_start', 'main_process_stop', 'before_server_start', 'after_server_stop', 'before_serving', 'after_serving']);

/** Whether a coroutine runs before the first client is served or after the last: `@app.on_event("startup")`, `@app.before_serving`, `FastAPI(lifespan=…)`. */
export function isStartup(file: Facts, scope: number): boolean {
  const { name, function: facts } = file.scopes[scope]!;
  const registered = facts!.decorators.some(({ value }) => {
    const call = value.kind === 'call' ? file.calls[value.call]! : undefined;
    const event = call?.arguments[0]?.value;
    const callee = call?.callee ?? value;
    if (callee.kind !== 'attribute') return false;
    if (aroundServing.has(callee.name)) return true;
    if (event?.kind !== 'constant' || typeof event.value !== 'string') return false;
    return callee.name === 'listener' ? aroundServing.has(event.value) : callee.name === 'on_event' && (event.value === 'startup' || event.value === 'shutdown');
  });
  if (registered) return true;
  if (!speaksOfLifespan(file)) return false;
  let known = lifespans.get(file);
  if (!known) {
    const given = file.calls.flatMap((call) => call.arguments.filter((argument) => argument.name === 'lifespan').map(({ value }) => (value.kind === 'name' ? value.name : '')));
    lifespans.set(file, (known = new Set(given)));
  }
  return name !== '' && known.has(name);
}

const speaksOfItself = mentioningNames(['__name__']);

/** `if __name__ == "__main__":` at the top level. */
export const startsItself = summary((file) => speaksOfItself(file) && asMain(file).length > 0);

const asMain = fromSections(({ blocks }) => blocks.some((block) => block.scope === 0 && block.test !== undefined && isMain(block.test)) || undefined);

/** Whether a block runs only where its file is the program. */
export function startsAsMain(file: Facts, block: number): boolean {
  for (let at = block; at >= 0; at = file.blocks[at]!.parent) if (file.blocks[at]!.test && isMain(file.blocks[at]!.test!)) return true;
  return false;
}

function isMain(test: Test): boolean {
  return test.kind === 'compare' && (nameOf(test.left) === '__name__' || nameOf(test.right) === '__name__');
}

function nameOf(expression: Expression): string | undefined {
  return expression.kind === 'name' ? expression.name : undefined;
}
