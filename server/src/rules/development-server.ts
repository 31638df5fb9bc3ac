/** Development servers that are started as the service. */

import type { Facts } from '../facts.ts';
import { isForDevelopment, startsSomething } from '../findings/launches.ts';
import { defineMessages, defineRule, type Finding, type Message, type Note } from '../rule.ts';
import { isOn, type Launch } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import { servesUnpatched, startedPrograms } from '../workspace/started.ts';
import { versionOf } from '../workspace/versions.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { firstLine } from '../findings/lines.ts';

const messages = defineMessages('development-server', {
  flask: '`flask run` starts Werkzeug’s development server: it is neither fast nor safe in front of clients. Start the application with Gunicorn or another production server',
  debug: '`flask run --debug` starts Werkzeug’s debugger, in which whoever reaches an error page can run code. Start the application with Gunicorn or another production server, without it',
  python: 'This program serves with Werkzeug’s development server: it is neither fast nor safe in front of clients. Start the application with Gunicorn or another production server',
  pythonDebug: 'This program serves with Werkzeug’s debugger, in which whoever reaches an error page can run code. Start the application with Gunicorn or another production server, without `debug=True`',
  django: '`runserver` is Django’s development server: it is neither fast nor safe in front of clients. Start the application with Gunicorn, Uvicorn or another production server',
  socketio: 'Neither gevent nor eventlet is installed: Flask-SocketIO serves with Werkzeug’s development server here, and without a terminal it refuses to. Add gevent, or start the application with Gunicorn',
  unpatched: '`socketio.run` serves all clients from one {library} process here, and nothing patches the standard library: as under a development server, everyone waits while one request does. Patch first, or start the application with Gunicorn',
  here: '`debug=True` opens a debugger in which whoever reaches an error page can run code, wherever this file is started as the service. Take it from a setting that is off by default',
  serves: 'serves here',
});

export default defineRule({
  id: 'development-server',
  summary: '`flask run`, `runserver`, or `python app.py` with `app.run()` is how the service starts: a server for development.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  concerns: (file, workspace) => (file.language === 'python' ? debugs(file) : file.language !== 'makefile' && startsSomething(file, workspace)),

  *check(file, workspace) {
    if (file.language === 'python') return yield* debuggers(file, workspace);
    for (const launch of workspace.launches(file)) {
      if (!launch.command || isForDevelopment(launch)) continue;
      const found = launch.program === 'flask' ? { message: isOn(launch.settings.get('debug')) ? messages.debug() : messages.flask() } : launch.program === 'python' ? servedBy(launch, workspace) : undefined;
      if (found && !hasOtherServer(launch, workspace)) yield { range: launch.range, ...found };
    }
  },
});

interface Served {
  readonly message: Message;
  readonly notes?: readonly Note[];
}

/** What a Python program serves with, where that is a development server and nothing else. */
function servedBy(launch: Launch, workspace: Workspace): Served | undefined {
  if (/(?:^|\/)manage\.py$/.test(launch.application ?? '')) return launch.arguments.some(({ value }) => value === 'runserver' || value === 'runserver_plus') ? { message: messages.django() } : undefined;
  const entry = launch.entry === undefined ? undefined : workspace.file(launch.entry);
  if (entry?.language !== 'python' || launch.arguments.length > 0) return undefined;
  const servers = workspace.launches(entry).filter(({ call }) => call !== undefined);
  const [server] = servers;
  const program = launch.place === 'host' ? undefined : startedPrograms(workspace).find((one) => one.launch === launch);
  if (program?.library && program.server && servesUnpatched(program) && servers.every(({ callee }) => callee === 'flask_socketio.SocketIO.run')) {
    const place = workspace.file(program.server.path)!;
    return { message: messages.unpatched({ library: program.library }), notes: [{ path: place.path, range: firstLine(place, program.server.range), message: messages.serves() }] };
  }
  // More than one: a condition decides.
  if (!server || servers.length > 1 || server.entry !== entry.path || otherServers.test(entry.text)) return undefined;
  const notes = [{ path: entry.path, range: firstLine(entry, server.range), message: messages.serves() }];
  if (server.callee === 'flask.Flask.run') return { message: isOn(server.settings.get('debug')) ? messages.pythonDebug() : messages.python(), notes };
  if (server.callee !== 'flask_socketio.SocketIO.run' || /allow_unsafe_werkzeug/.test(entry.text)) return undefined;
  const installed = (name: string) => versionOf(workspace, name) !== undefined;
  return installed('flask-socketio') && !installed('gevent') && !installed('eventlet') ? { message: messages.socketio(), notes } : undefined;
}

/** Servers that a program may choose in place of Werkzeug's. */
const otherServers = /\b(?:waitress|hypercorn|cheroot|tornado|bjoern|meinheld|gunicorn|WSGIServer|eventlet)\b/;

/** Whether the same application is served by something better elsewhere: then this start is the developer's. */
function hasOtherServer(launch: Launch, workspace: Workspace): boolean {
  const home = topFolder(launch.entry ?? launch.path);
  // All of a Django project lies beside its `manage.py`, or below.
  const project = /(?:^|\/)manage\.py$/.test(launch.entry ?? '') ? launch.entry!.replace(/\/?manage\.py$/, '') : undefined;
  return workspace.allLaunches().some(({ launch: other }) => other.command && !isForDevelopment(other) && production.has(other.program)
    && (topFolder(other.entry ?? other.path) === home || other.entry === undefined || launch.entry === undefined || (project !== undefined && (project === '' || other.entry.startsWith(`${project}/`)))
      // A script that starts either leaves it to its conditions.
      || other.path === launch.path));
}

const production: ReadonlySet<string> = new Set(['gunicorn', 'uvicorn', 'hypercorn', 'granian', 'daphne']);

function topFolder(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

/** `app.run(debug=True)`: a developer's start, until somebody makes it the service's. */
const debugs = mentioning(/\bdebug\s*=\s*True\b/);

function* debuggers(file: Facts, workspace: Workspace): Iterable<Finding> {
  if (/(?:^|\/)(?:tests?|examples?|docs?|demos?)\/|(?:^|[/_])(?:test|dev)[_.]/.test(file.path)) return;
  for (const launch of workspace.launches(file)) {
    const debug = launch.settings.get('debug');
    if (launch.callee === 'flask.Flask.run' && debug && isOn(debug) && debug.path === file.path) yield { range: debug.range, level: 'hint', message: messages.here() };
  }
}
