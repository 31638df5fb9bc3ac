/** Flask routes that send files to clients, where a web server could. */

import type { Call, Facts, Scope } from '../facts.ts';
import { lastLine } from '../findings/lines.ts';
import { defineMessages, defineRule, type Note } from '../rule.ts';
import { concurrencyOf } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('app-serves-static', {
  greenlets: 'Each read of the file stops every greenlet of the worker, and the bytes pass through Python. Let the web server or object storage send it: `X-Accel-Redirect` keeps the checks of this route',
  processes: 'Each download holds a worker until the client has it. Let the web server or object storage send the file: `X-Accel-Redirect` keeps the checks of this route',
  sends: 'sends the file',
  server: 'This server runs the route',
});

export default defineRule({
  id: 'app-serves-static',
  summary: 'A Flask route sends uploads with `send_from_directory`, which a web server in front would do without holding a worker.',
  level: 'hint',
  fix: 'none',
  messages: messages.texts,

  concerns: (file) => file.language === 'python' && sendsFiles(file),

  *check(file, workspace) {
    for (const call of file.calls) {
      const { callee } = call;
      if ((callee.kind !== 'name' && callee.kind !== 'attribute') || callee.name !== 'send_from_directory') continue;
      const route = file.scopes[call.scope]!;
      if (!routeOf(file, route) || isGuarded(file, route) || !sendsWhatIsAsked(call, route) || !/^flask\./.test(workspace.target(file, call)?.name ?? '')) continue;
      const server = productionServer(workspace);
      if (!server || hasWebServer(workspace)) continue;
      const notes = [{ path: file.path, range: lastLine(file, call.calleeRange), message: messages.sends() }, server.note];
      yield { range: routeOf(file, route)!.calleeRange, message: server.greenlets ? messages.greenlets() : messages.processes(), notes };
    }
  },
});

const sendsFiles = mentioning(/send_from_directory/);

/** The decorator that makes a function a route. */
function routeOf(file: Facts, scope: Scope): Call | undefined {
  const calls = scope.function?.decorators.flatMap(({ value }) => (value.kind === 'call' ? [file.calls[value.call]!] : [])) ?? [];
  return calls.find(({ callee }) => callee.kind === 'attribute' && (callee.name === 'route' || callee.name === 'get'));
}

/** A route behind a login cannot simply move to the web server. */
function isGuarded(file: Facts, scope: Scope): boolean {
  return scope.function!.decorators.some(({ start, end }) => /login|auth|permission|token|jwt|require|admin|role/i.test(file.text.slice(start, end)));
}

/** The name of the file comes from the URL. */
function sendsWhatIsAsked(call: Call, route: Scope): boolean {
  const names = new Set(route.function!.parameters.map(({ name }) => name));
  return call.arguments.some(({ value }) => value.kind === 'name' && names.has(value.name));
}

/** A server that clients use: threads each send one file without holding the others. */
function productionServer(workspace: Workspace): { readonly greenlets: boolean; readonly note: Note } | undefined {
  return workspace.remembered('server of files', () => {
    for (const { file, launch } of workspace.allLaunches()) {
      if (launch.program !== 'gunicorn' || launch.development) continue;
      const concurrency = concurrencyOf(launch);
      if (concurrency === 'greenlets' || concurrency === 'processes') return { greenlets: concurrency === 'greenlets', note: { path: file.path, range: launch.range, message: messages.server() } };
    }
    return undefined;
  });
}

function hasWebServer(workspace: Workspace): boolean {
  return workspace.remembered('web server in front', () => [...workspace.paths].some((path) => /nginx|caddy/i.test(path) || /\bnginx\b|\bcaddy\b|USE_X_SENDFILE/i.test(textOf(path, workspace))));
}

/** Only where people say which programs run, and in Flask's settings. */
function textOf(path: string, workspace: Workspace): string {
  const file = workspace.file(path)!;
  return ['dockerfile', 'compose', 'kubernetes', 'supervisor', 'shell'].includes(file.language) || /(^|\/)(config|settings)[^/]*\.py$/.test(path) ? file.text : '';
}
