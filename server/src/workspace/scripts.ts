/** Code that serves nobody: tests, migrations, and scripts with a `main` of their own. */

import type { Expression, Facts, Test } from '../facts.ts';

const aside = /(^|\/)(tests?|testing|migrations?|alembic|benchmarks?|examples?\/scripts)\/|(^|\/)(test_[^/]*|[^/]*_test|conftest|tests)\.py$/;
const served = /^(get|post|put|patch|delete|head|options|api_route|route|websocket|websocket_route|middleware|exception_handler|on_event|event|task|shared_task|command|callback|tool|resource|listen|on|errorhandler|before_request|after_request|lifespan|asynccontextmanager)$/;
const servers = new Set(['run_app', 'FastAPI', 'Starlette', 'Flask', 'Quart', 'Sanic', 'Application', 'APIRouter', 'Litestar', 'FastMCP', 'AsyncServer', 'start_server', 'Bot', 'Dispatcher', 'Celery']);

/** Whether a file's coroutines run in no server: a test, a migration, or a script that nothing imports. */
export function isScript(file: Facts, imported: ReadonlySet<string>): boolean {
  if (aside.test(file.path)) return true;
  if (imported.has(file.path) || !startsItself(file)) return false;
  if (file.calls.some(({ callee }) => (callee.kind === 'name' || callee.kind === 'attribute') && (servers.has(callee.name) || (callee.name === 'run' && callee.kind === 'attribute' && nameOf(callee.object) === 'uvicorn')))) return false;
  return !file.scopes.some((scope) => scope.function?.decorators.some(({ value }) => {
    const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
    return callee.kind === 'attribute' && served.test(callee.name);
  }));
}

/** `if __name__ == "__main__":` at the top level. */
export function startsItself(file: Facts): boolean {
  return file.blocks.some((block) => block.scope === 0 && block.test !== undefined && isMain(block.test));
}

function isMain(test: Test): boolean {
  return test.kind === 'compare' && (nameOf(test.left) === '__name__' || nameOf(test.right) === '__name__');
}

function nameOf(expression: Expression): string | undefined {
  return expression.kind === 'name' ? expression.name : undefined;
}
