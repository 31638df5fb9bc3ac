/** Whether the workspace serves clients at all, or only runs and ends. */

import type { Facts } from '../facts.ts';
import { mentioningNames } from './mentions.ts';
import { summary } from './summaries.ts';
import type { Workspace } from './workspace.ts';

const frameworks: ReadonlySet<string> = new Set([
  'fastapi', 'flask', 'starlette', 'django', 'quart', 'sanic', 'litestar', 'tornado', 'falcon', 'bottle', 'pyramid', 'cherrypy', 'connexion', 'flask_restful', 'flask_restx', 'ninja', 'robyn',
  'blacksheep', 'celery', 'dramatiq', 'arq', 'rq', 'faststream', 'grpc', 'chainlit', 'gradio', 'fastmcp', 'socketio', 'flask_socketio', 'aiogram', 'telegram', 'discord', 'aiohttp.web',
]);
/** Those whose handlers run on an event loop, or in threads beside one. */
const asgi: ReadonlySet<string> = new Set(['fastapi', 'starlette', 'quart', 'sanic', 'litestar', 'blacksheep', 'robyn', 'fastmcp', 'chainlit']);

/** Whether something in the workspace starts a server, or imports a framework whose programs serve. */
export function isServed(workspace: Workspace): boolean {
  return servedFiles(workspace).size > 0;
}

/** Files that run in a program which serves: what servers start, what imports a framework, and all that those import. */
export function servedFiles(workspace: Workspace): ReadonlySet<string> {
  return workspace.remembered('served files', () => {
    const served = new Set<string>();
    for (const { launch } of workspace.allLaunches()) if (launch.entry !== undefined && launch.program !== 'celery beat' && launch.program !== 'python') served.add(launch.entry);
    for (const path of workspace.noted(importsFramework).keys()) if (!workspace.isScript(workspace.file(path)!)) served.add(path);
    // A set visits what is added while it is walked.
    for (const path of served) for (const other of workspace.imports(path)) if (workspace.file(other)) served.add(other);
    return served;
  });
}

/** Whether something imports a framework whose handlers run on an event loop or in its threads. */
export function hasAsgi(workspace: Workspace): boolean {
  return workspace.remembered('served by ASGI', () => {
    for (const [path, framework] of workspace.noted(importsFramework)) if (framework === 'asgi' && !workspace.isScript(workspace.file(path)!)) return true;
    return false;
  });
}

/** Whether a file imports something that serves clients, and on an event loop. */
function importsFramework(file: Facts): 'asgi' | 'other' | undefined {
  const names = file.language === 'python' ? libraries(file) : none;
  return names.some((name) => asgi.has(name)) ? 'asgi' : names.some((name) => frameworks.has(name)) ? 'other' : undefined;
}

const speaksOfFrameworks = mentioningNames([...frameworks, ...asgi].map((name) => name.split('.', 1)[0]!));
const none: readonly string[] = [];

/** Top-level names of the libraries that a file imports, none where it speaks of no framework; `aiohttp.web` with its second one. */
const libraries = summary((file: Facts): readonly string[] => {
  if (!speaksOfFrameworks(file)) return none;
  const found = new Set<string>();
  for (const scope of file.scopes) {
    for (const bindings of scope.bindings.values()) {
      for (const { value } of bindings) {
        if ((value.kind !== 'import' && value.kind !== 'star-import') || value.level > 0) continue;
        found.add(value.module.split('.', 1)[0]!);
        if (value.module === 'aiohttp.web' || (value.kind === 'import' && value.module === 'aiohttp' && value.member === 'web')) found.add('aiohttp.web');
      }
    }
  }
  return [...found];
});
