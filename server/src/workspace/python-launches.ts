/** Servers that Python code starts itself. */

import type { Argument, Call, Command, Expression, Facts, Word } from '../facts.ts';
import { folderOf, joinPath, upwards } from '../folders.ts';
import { serverTable } from '../knowledge/servers.ts';
import { readArguments, wordsIn, type Arguments } from './arguments.ts';
import { developmentEvidence, placeOf } from './circumstances.ts';
import { evaluated } from './constants.ts';
import { moduleFile } from './entries.ts';
import { applicationSettings, commandLaunch, type Launch, type Setting } from './launches.ts';
import { mentioning } from './mentions.ts';
import { callsNamed } from './named-calls.ts';
import { nameOf } from './patching.ts';
import type { Program } from './programs.ts';
import type { Workspace } from './workspace.ts';

/** Calls that serve until the program ends. */
const starters: Readonly<Record<string, Program>> = {
  'flask_socketio.SocketIO.run': 'python',
  'flask.Flask.run': 'python',
  'gevent.pywsgi.WSGIServer.serve_forever': 'python',
  'gevent.pywsgi.WSGIServer.start': 'python',
  'gevent.server.StreamServer.serve_forever': 'python',
  'eventlet.wsgi.server': 'python',
  'uvicorn.run': 'uvicorn',
  'uvicorn.main.run': 'uvicorn',
  'uvicorn.Server.run': 'uvicorn',
  'uvicorn.Server.serve': 'uvicorn',
  'granian.Granian.serve': 'granian',
  'celery.Celery.worker_main': 'celery worker',
  'celery.Celery.start': 'celery worker',
};

const lastNames: ReadonlySet<string> = new Set(Object.keys(starters).map((name) => name.slice(name.lastIndexOf('.') + 1)));

/** Calls that start the program named by their first argument. */
const runners: ReadonlySet<string> = new Set([
  'subprocess.run', 'subprocess.Popen', 'subprocess.call', 'subprocess.check_call', 'subprocess.check_output', 'os.system', 'os.popen',
  'os.execv', 'os.execvp', 'os.execvpe', 'os.execve', 'os.execl', 'os.execlp', 'os.spawnvp', 'os.spawnlp',
  'asyncio.create_subprocess_exec', 'asyncio.create_subprocess_shell',
]);
const runnerNames: ReadonlySet<string> = new Set([...runners].map((name) => name.slice(name.lastIndexOf('.') + 1)));
const startingCalls = callsNamed([...lastNames, ...runnerNames]);
const serverNames = /\b(?:gunicorn|uvicorn|hypercorn|granian|daphne|celery|flask|fastapi)\b/;
const namesServers = mentioning(serverNames);

/** Servers that a Python file starts, by position. */
export function pythonLaunches(file: Facts, workspace: Workspace): readonly Launch[] {
  const found: Launch[] = [];
  const runs = namesServers(file);
  for (const call of startingCalls(file)) {
    const name = nameOf(call.callee);
    if (name === undefined) continue;
    if (lastNames.has(name)) {
      const launch = callLaunch(file, call, workspace);
      if (launch) found.push(launch);
    }
    if (runs && runnerNames.has(name)) {
      const launch = listLaunch(file, call, workspace);
      if (launch) found.push(launch);
    }
  }
  return found;
}

// ── Calls ──

function callLaunch(file: Facts, call: Call, workspace: Workspace): Launch | undefined {
  const callee = calleeOf(file, call, workspace);
  const program = callee === undefined ? undefined : starters[callee];
  if (callee === undefined || program === undefined) return undefined;
  const read = program === 'celery worker' ? celeryArguments(file, call, callee) : callee === 'uvicorn.Server.run' || callee === 'uvicorn.Server.serve' || callee === 'granian.Granian.serve' ? madeArguments(file, call) : keywordArguments(file, [call]);
  if (!read) return undefined;
  const code = program === 'celery worker' ? applicationSettings(file.path, workspace) : undefined;
  const settings = new Map([...(code?.settings ?? []), ...read.settings]);
  const named = program === 'python' ? file.path : program === 'celery worker' ? undefined : (read.application ?? undefined);
  const folders = upwards(folderOf(file.path));
  const entry = program === 'python' ? (isStarted(file, call) ? file.path : undefined)
    : program === 'celery worker' ? file.path
    // An application object lives in the file, or is imported by it.
    : named === undefined ? file.path : moduleFile(named.split(':', 1)[0]!, folders, workspace);
  const evidence = developmentEvidence(file, { conditions: [] }) ?? ['debug', 'reload'].find((name) => settings.get(name)?.value === 'true');
  return {
    program: read.program ?? program,
    path: file.path,
    range: call.calleeRange,
    arguments: read.words ?? [],
    call,
    callee,
    ...(named === undefined ? {} : { application: named }),
    ...(entry === undefined ? {} : { entry }),
    settings,
    overridden: read.overridden,
    unknownFlags: read.unknownFlags,
    place: placeOf(file, workspace),
    complete: read.complete && code?.complete !== false,
    wrappers: [],
    ...(evidence === undefined ? { development: false } : { development: true, developmentEvidence: evidence }),
  };
}

function calleeOf(file: Facts, call: Call, workspace: Workspace): string | undefined {
  const target = workspace.target(file, call)?.name;
  if (target !== undefined && target in starters) return target;
  // The server object may be made on the spot: `WSGIServer(("", 5000), app).serve_forever()`.
  const { callee } = call;
  if (callee.kind !== 'attribute' || callee.object.kind !== 'call') return target;
  const made = file.calls[callee.object.call];
  const maker = made && workspace.target(file, made)?.name;
  return maker === undefined ? target : `${maker}.${callee.name}`;
}

/** Whether the program starts the call by itself: on the top level, or in a function that the top level calls. */
function isStarted(file: Facts, call: Call): boolean {
  if (call.scope === 0) return true;
  const scope = file.scopes[call.scope];
  if (scope?.kind !== 'function' || scope.parent !== 0) return false;
  return file.calls.some((other) => other.scope === 0 && other.callee.kind === 'name' && other.callee.name === scope.name);
}

interface Read extends Pick<Arguments, 'settings' | 'overridden' | 'unknownFlags' | 'complete'> {
  readonly application?: string;
  readonly program?: Program;
  readonly words?: readonly Word[];
}

/** Keyword arguments of `calls` as settings, later calls over earlier ones. */
function keywordArguments(file: Facts, calls: readonly Call[]): Read {
  const settings = new Map<string, Setting>();
  let complete = true;
  let application: string | undefined;
  for (const call of calls) {
    call.arguments.forEach((argument, index) => {
      const { name, value, valueRange, star } = argument;
      if (star !== undefined) complete = false;
      else if (name === undefined || name === 'app' || name === 'target') {
        if (index === 0 || name !== undefined) application = textOf(file, call, argument) ?? application;
      } else settings.set(name, settingOf(file, call, name, value, valueRange));
    });
  }
  return { settings, overridden: [], unknownFlags: [], complete, ...(application === undefined ? {} : { application }) };
}

function settingOf(file: Facts, call: Call, name: string, value: Expression, range: { readonly start: number; readonly end: number }): Setting {
  const result = evaluated(file, value, () => undefined, call.scope);
  return { name, ...(result?.kind === 'known' ? { value: String(result.value) } : result?.kind === 'computed' ? { computed: true } : {}), path: file.path, range, source: 'flag' };
}

/** A string that an argument is, directly or through a name of the file. */
function textOf(file: Facts, call: Call, { value }: Argument): string | undefined {
  const result = evaluated(file, value, () => undefined, call.scope);
  return result?.kind === 'known' && typeof result.value === 'string' ? result.value : undefined;
}

/** `Server(Config("main:app", workers=4)).run()`, also where either has a name first; `Granian("main:app", …).serve()`. */
function madeArguments(file: Facts, call: Call): Read {
  const object = call.callee.kind === 'attribute' ? call.callee.object : undefined;
  const server = object && callBehind(file, object, call.scope);
  const given = server?.arguments.find((argument) => argument.name === 'config' || (argument.name === undefined && argument.star === undefined))?.value;
  const config = given && callBehind(file, given, server!.scope);
  const calls = [config, server && nameOf(server.callee) !== 'Server' ? server : undefined].filter((one) => one !== undefined);
  const read = keywordArguments(file, calls);
  return calls.length === 0 ? { ...read, complete: false } : read;
}

/** The call that makes what an expression is: the expression itself, or the one value that its name is bound to. */
function callBehind(file: Facts, expression: Expression, scope: number): Call | undefined {
  if (expression.kind === 'call') return file.calls[expression.call];
  if (expression.kind !== 'name') return undefined;
  for (let index = scope; index >= 0; index = file.scopes[index]!.parent) {
    const bindings = file.scopes[index]!.bindings.get(expression.name);
    if (!bindings) continue;
    const [only] = bindings;
    return bindings.length === 1 && only!.value.kind === 'assigned' && only!.value.value.kind === 'call' ? file.calls[only!.value.value.call] : undefined;
  }
  return undefined;
}

/** `worker_main(["worker", "-P", "gevent"])`, `start(argv=["worker"])`; undefined where it starts no worker. */
function celeryArguments(file: Facts, call: Call, callee: string): Read | undefined {
  const given = call.arguments.find((argument) => argument.name === 'argv' || argument.name === undefined);
  if (given?.star !== undefined || !given) return callee === 'celery.Celery.worker_main' ? { settings: new Map(), overridden: [], unknownFlags: [], complete: false } : undefined;
  const list = listWords(file, given.value, given.valueRange, call.scope);
  if (!list) return callee === 'celery.Celery.worker_main' ? { settings: new Map(), overridden: [], unknownFlags: [], complete: false } : undefined;
  const verb = list.find((word) => word.value === 'worker' || word.value === 'beat')?.value;
  if (verb === undefined && callee !== 'celery.Celery.worker_main') return undefined;
  const program = verb === 'beat' ? 'celery beat' : 'celery worker';
  const words = list;
  const read = readArguments(words, serverTable(program)!, { path: file.path, source: 'flag', commands: new Set(['worker', 'beat', 'celery']) });
  return { ...read, program, words };
}

// ── Lists of words ──

/** `subprocess.Popen([sys.executable, "-m", "uvicorn", …])`, `os.system("gunicorn app:app")`. */
function listLaunch(file: Facts, call: Call, workspace: Workspace): Launch | undefined {
  const command = listCommand(file, call, workspace);
  const launch = command && commandLaunch(file, command, workspace);
  // Scripts that a program runs are its own affair; servers are ours.
  return launch && launch.program !== 'python' ? { ...launch, call } : undefined;
}

/** Commands that a Python file runs and that name a server, whether or not they are whole. */
export function pythonCommands(file: Facts, workspace: Workspace): readonly Command[] {
  if (!namesServers(file)) return [];
  return startingCalls(file).flatMap((call) => (runnerNames.has(nameOf(call.callee) ?? '') ? (listCommand(file, call, workspace) ?? []) : []));
}

function listCommand(file: Facts, call: Call, workspace: Workspace): Command | undefined {
  const first = call.arguments[0];
  if (!first || first.star !== undefined || !runners.has(workspace.target(file, call)?.name ?? '')) return undefined;
  const name = nameOf(call.callee)!;
  const words = name.startsWith('exec') || name.startsWith('spawn') || name === 'create_subprocess_exec' ? execWords(file, call, name) : commandWords(file, first, call);
  if (!words || words.length === 0) return undefined;
  const directories = directoriesOf(file, call);
  const [start, end] = [words[0]!.start, words.at(-1)!.end];
  const environment = new Map<string, Word | undefined>();
  return { start, end, words, assignments: [], environment, exported: environment, directories, conditions: [], form: 'json' };
}

function execWords(file: Facts, call: Call, name: string): readonly Word[] | undefined {
  const given = call.arguments.filter((argument) => argument.name === undefined);
  if (name === 'create_subprocess_exec') return given.map((argument) => wordOf(file, argument.value, argument.valueRange, call.scope));
  // `execvp(file, argv)`, where `argv` begins with the program's own name; `execlp(file, *argv)`.
  const list = given[name.startsWith('spawn') ? 2 : 1];
  if (/^(?:exec|spawn)l/.test(name)) return given.slice(name.startsWith('spawn') ? 2 : 1).map((argument) => wordOf(file, argument.value, argument.valueRange, call.scope));
  return list && listWords(file, list.value, list.valueRange, call.scope);
}

function commandWords(file: Facts, { value, valueRange }: Argument, call: Call): readonly Word[] | undefined {
  const text = evaluated(file, value, () => undefined, call.scope);
  if (value.kind === 'constant' || (value.kind === 'name' && text?.kind === 'known' && bindingOf(file, value.name, call.scope)?.value.kind !== 'sequence')) {
    return text?.kind === 'known' && typeof text.value === 'string' && serverNames.test(text.value) ? wordsIn(text.value, valueRange) : undefined;
  }
  return listWords(file, value, valueRange, call.scope);
}

/** The words of a list, written on the spot or under a name that nothing else touches. */
function listWords(file: Facts, value: Expression, range: { readonly start: number; readonly end: number }, scope: number): readonly Word[] | undefined {
  if (value.kind === 'sequence') {
    const places = itemsIn(file.text, range);
    return value.items.map((item, index) => wordOf(file, item, places.length === value.items.length ? places[index]! : range, scope));
  }
  if (value.kind === 'operation' && value.operator === '+') {
    const left = listWords(file, value.left, range, scope);
    return left && [...left, ...(listWords(file, value.right, range, scope) ?? [unknownWord(range)])].map((word) => ({ ...word, indirect: true }));
  }
  if (value.kind !== 'name') return undefined;
  const bound = bindingOf(file, value.name, scope);
  if (bound?.value.kind !== 'sequence') return undefined;
  const open = file.text.indexOf('[', bound.at);
  const words = listWords(file, bound.value, { start: open, end: file.text.length }, scope);
  // What is appended later is not followed.
  const grows = bound.several || new RegExp(String.raw`\b${value.name}\s*(?:\+=|\.(?:append|extend|insert|remove|pop)\b|\[[^\]]*\]\s*=(?!=))`).test(file.text);
  return words && (grows ? [...words, unknownWord(range)] : words);
}

function bindingOf(file: Facts, name: string, scope: number): { readonly value: Expression; readonly at: number; readonly several: boolean } | undefined {
  for (let index = scope; index >= 0; index = file.scopes[index]!.parent) {
    const bindings = file.scopes[index]!.bindings.get(name);
    if (!bindings) continue;
    const [first] = bindings;
    return first!.value.kind === 'assigned' && first!.value.item === undefined ? { value: first!.value.value, at: first!.end, several: bindings.length > 1 } : undefined;
  }
  return undefined;
}

function wordOf(file: Facts, item: Expression, range: { readonly start: number; readonly end: number }, scope: number): Word {
  const place = { start: range.start, end: range.end, text: file.text.slice(range.start, Math.min(range.end, range.start + 200)) };
  if (item.kind === 'star') return { ...place, many: true };
  // The interpreter that runs this program.
  if (item.kind === 'attribute' && item.name === 'executable') return { ...place, value: 'python', indirect: true };
  const result = evaluated(file, item, () => undefined, scope);
  if (result?.kind === 'known') return { ...place, value: String(result.value), ...(item.kind === 'constant' ? {} : { indirect: true }) };
  return place;
}

function unknownWord(range: { readonly start: number; readonly end: number }): Word {
  return { start: range.start, end: range.end, text: '', many: true };
}

/** The folder given as `cwd`, else those from which the file is likely started. */
function directoriesOf(file: Facts, call: Call): readonly string[] {
  const folders = upwards(folderOf(file.path));
  const cwd = call.arguments.find((argument) => argument.name === 'cwd');
  if (!cwd) return folders;
  const result = evaluated(file, cwd.value, () => undefined, call.scope);
  if (result?.kind !== 'known') return folders;
  return [...new Set([...folders.map((folder) => joinPath(folder, String(result.value))).filter((folder) => folder !== undefined), ...folders])];
}

/** The places of the items of a bracketed list that begins at `range.start`. */
function itemsIn(text: string, range: { readonly start: number; readonly end: number }): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let depth = 0;
  let start = -1;
  let end = -1;
  const close = () => {
    if (start !== -1) found.push({ start, end });
    start = -1;
  };
  for (let at = range.start; at < range.end; at++) {
    const letter = text[at]!;
    if (letter === '#') {
      while (at < range.end && text[at] !== '\n') at++;
      continue;
    }
    if (/\s/.test(letter)) continue;
    if ((letter === ']' || letter === ')') && depth === 1) break;
    if (letter === ',' && depth === 1) {
      close();
      continue;
    }
    if (depth > 0 && start === -1) start = at;
    if (letter === '"' || letter === "'") {
      const quote = text.startsWith(letter.repeat(3), at) ? letter.repeat(3) : letter;
      at += quote.length;
      while (at < range.end && !text.startsWith(quote, at)) at += text[at] === '\\' ? 2 : 1;
      at += quote.length - 1;
    } else if ('[({'.includes(letter)) depth++;
    else if ('])}'.includes(letter)) depth--;
    end = at + 1;
  }
  close();
  return found;
}
