/** Measures speed on real packages: `npm run bench [-- PACKAGE…]`. Trust the ratios; the seconds are this machine's. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';
import { Engine } from '../server/src/engine.ts';
import { leaveRoom } from '../server/src/host/memory.ts';
import { Parsing } from '../server/src/host/parsing.ts';
import { difference } from '../server/src/languages/parser.ts';
import { grammars } from '../test/grammars.ts';

const root = path.join(import.meta.dirname, '..');
const cache = path.join(root, '.cache/bench');
const python = process.platform === 'win32' ? 'python' : 'python3';
const ruffVersion = '0.17.6';

/** What is measured, at the versions that the numbers in the notes speak of. About 2.5 million lines. */
const packages: Readonly<Record<string, string>> = {
  homeassistant: '2025.1.4',
  sympy: '1.14.0',
  sqlalchemy: '2.0.41',
  'ansible-core': '2.18.6',
  django: '5.2.1',
  'apache-airflow-core': '3.0.2',
};

function run(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (done.error) throw new Error(`${command} did not start: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${done.stderr}`);
  return done.stdout;
}

/** The folder with the package's sources, downloaded from PyPI the first time. */
function sourcesOf(name: string): string {
  const folder = path.join(cache, `${name}-${packages[name]}`);
  if (existsSync(folder)) return folder;
  console.error(`Downloading ${name} ${packages[name]} …`);
  const wheels = path.join(cache, 'wheels', name);
  mkdirSync(wheels, { recursive: true });
  // The code is read and never run, so what Python it asks for does not matter.
  run(python, ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--ignore-requires-python', '-d', wheels, `${name}==${packages[name]}`]);
  const wheel = readdirSync(wheels).find((file) => file.endsWith('.whl'))!;
  run(python, ['-m', 'zipfile', '-e', path.join(wheels, wheel), folder]);
  rmSync(wheels, { recursive: true });
  return folder;
}

/** Ruff of the pinned version, in an environment of its own. */
function ruff(): string {
  const folder = path.join(root, '.cache/venv');
  const program = path.join(folder, process.platform === 'win32' ? 'Scripts/ruff.exe' : 'bin/ruff');
  if (!existsSync(program) || !run(program, ['--version']).includes(ruffVersion)) {
    run(python, ['-m', 'venv', folder]);
    run(path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ruff==${ruffVersion}`]);
  }
  return program;
}

const pythonFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py')).map((file) => path.join(folder, file));
const linesOf = (text: string): number => text.split('\n').length - 1;

interface Timed {
  readonly seconds: number;
  readonly peakMB: number;
  readonly output: string;
}

/** Runs one of our scripts in a fresh process: all of its time, and the most memory it held. */
function fresh(args: readonly string[]): Timed {
  const report = 'data:text/javascript,process.on("exit",()=>process.stderr.write("\\npeak:"+process.resourceUsage().maxRSS))';
  const start = performance.now();
  const done = spawnSync(process.execPath, ['--import', report, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 30 });
  const seconds = (performance.now() - start) / 1000;
  const peak = /peak:(\d+)\s*$/.exec(done.stderr)?.[1];
  if (done.status === null || done.status > 1 || !peak) throw new Error(`${args.join(' ')} failed:\n${done.stderr}`);
  return { seconds, peakMB: Number(peak) / 1024, output: done.stdout };
}

function scan(names: readonly string[]): void {
  const program = ruff();
  const rows = [['package', 'files', 'lines', 'scan s', 'lines/s', 'peak MB', 'found', 'parse s', 'understood s', 'understood MB', 'understood/parse', 'scan/parse', 'Ruff ASYNC s', 'scan/Ruff']];
  for (const name of names) {
    const folder = sourcesOf(name);
    const files = pythonFiles(folder);
    const lines = files.reduce((sum, file) => sum + linesOf(readFileSync(file, 'utf8')), 0);
    const parsed = fresh(['scripts/bench.ts', '--parse', folder]);
    const understood = fresh(['scripts/bench.ts', '--understand', folder]);
    const scanned = fresh(['dist/cli.cjs', 'check', folder, '--format', 'json']);
    const report = JSON.parse(scanned.output) as { diagnostics: unknown[]; files: number };
    const start = performance.now();
    run(program, ['check', '--select', 'ASYNC', '--isolated', '--no-cache', '--no-respect-gitignore', '--exit-zero', '--quiet', folder]);
    const peer = (performance.now() - start) / 1000;
    rows.push([name, String(report.files), String(lines), scanned.seconds.toFixed(1), (lines / scanned.seconds).toFixed(0), scanned.peakMB.toFixed(0), String(report.diagnostics.length),
      parsed.seconds.toFixed(1), understood.seconds.toFixed(1), understood.peakMB.toFixed(0), (understood.seconds / parsed.seconds).toFixed(2), (scanned.seconds / parsed.seconds).toFixed(2), peer.toFixed(2), (scanned.seconds / peer).toFixed(1)]);
  }
  print(rows);
}

/** The same files through the plain parser, each tree freed at once: what any tool on this parser must spend. */
async function parse(folder: string): Promise<void> {
  const parser = await plainParser();
  for (const file of pythonFiles(folder)) parser.parse(readFileSync(file, 'utf8'))?.delete();
}

async function plainParser(): Promise<Parser> {
  await Parser.init({ wasmBinary: grammars.runtime, locateFile: (file: string) => file });
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammars.python));
  return parser;
}

/** The same files parsed, read into facts and resolved, and what blocks carried through all calls: everything before the rules. */
async function understand(folder: string): Promise<Engine> {
  const engine = await Engine.create(grammars);
  // As the command line and the server do.
  engine.readAgain({ read: (file) => readFileSync(path.join(folder, file), 'utf8'), changed: () => {} });
  const parsing = new Parsing();
  const sources = function* () {
    for (const file of pythonFiles(folder)) yield { path: path.relative(folder, file).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') };
  };
  for await (const { source, packed } of parsing.inOrder(sources(), (text) => engine.readPython(text))) engine.set(source.path, source.text, false, packed);
  parsing.close();
  engine.changes();
  return engine;
}

/** From a changed text to its findings, in a workspace that knows the whole package, as a server does that has checked all of it. */
async function keystrokes(name: string): Promise<void> {
  const folder = sourcesOf(name);
  const engine = await understand(folder);
  for (const file of engine.paths()) engine.check(file);
  leaveRoom();
  const pieces = pythonFiles(folder).slice(0, 500).map((file) => readFileSync(file, 'utf8')).filter((text) => /^\s*async def /m.test(text) && !text.includes('from __future__'));
  const parser = await plainParser();
  const rows = [['file', 'open ms', 'key p50 ms', 'key p95 ms', 'parser p50 ms', 'parser p95 ms', 'key/parser p50', 'key/parser p95']];
  for (const wanted of [1000, 5000, 20000]) {
    let text = '';
    for (let i = 0, lines = 0; lines < wanted; i++) {
      const piece = pieces[i % pieces.length]!;
      text += piece;
      lines += linesOf(piece);
    }
    const opened = performance.now();
    engine.set('bench.py', text, true);
    engine.check('bench.py');
    engine.changes();
    const open = performance.now() - opened;
    const times: number[] = [];
    const parsed: number[] = [];
    let tree = parser.parse(text)!;
    // The parser alone, incrementally: what it costs any tool to look at the file again.
    const parseAgain = (before: string, now: string): void => {
      const start = performance.now();
      tree.edit(difference(before, now));
      const next = parser.parse((index: number) => now.slice(index, index + 512), tree)!;
      parsed.push(performance.now() - start);
      tree.delete();
      tree = next;
    };
    // Five letters typed one by one into lines spread over the file: some 200 keys.
    const places = [...text.matchAll(/^ +return\b.*$/gm)].filter((_, i, all) => i % Math.ceil(all.length / 40) === 0).map((match) => match.index + match[0].length);
    for (const at of places) {
      let before = text;
      for (let typed = 1; typed <= 5; typed++) {
        const now = text.slice(0, at) + ' or x'.slice(0, typed) + text.slice(at);
        const start = performance.now();
        engine.set('bench.py', now, true);
        engine.check('bench.py', true);
        times.push(performance.now() - start);
        // What else the edit changes is worked out when the findings are shown.
        engine.changes();
        parseAgain(before, now);
        before = now;
      }
      engine.set('bench.py', text, true);
      parseAgain(before, text);
    }
    tree.delete();
    const share = (all: number[], part: number): number => all.sort((a, b) => a - b)[Math.floor(all.length * part)]!;
    const [middle, most, parserMiddle, parserMost] = [share(times, 0.5), share(times, 0.95), share(parsed, 0.5), share(parsed, 0.95)];
    rows.push([`${linesOf(text)} lines`, open.toFixed(0), ...[middle, most, parserMiddle, parserMost].map((ms) => ms.toFixed(1)), (middle / parserMiddle).toFixed(1), (most / parserMost).toFixed(1)]);
    engine.delete('bench.py');
  }
  print(rows);
}

/** Processor time of a server that has scanned a folder and has nothing to do, as a share of one core. */
async function idle(name: string): Promise<void> {
  const folder = sourcesOf(name);
  const report = 'data:text/javascript,process.on("SIGUSR2",()=>{const{user,system}=process.cpuUsage();process.stderr.write("cpu:"+(user+system)+"\\n")})';
  const server = spawn(process.execPath, ['--import', report, 'dist/server.cjs', '--stdio'], { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  // Answers what the server asks with "nothing", as a plain client does.
  let pending = Buffer.alloc(0);
  server.stdout.on('data', (data: Buffer) => {
    pending = Buffer.concat([pending, data]);
    for (;;) {
      const head = /^Content-Length: (\d+)[^]*?\r\n\r\n/.exec(pending.toString('latin1', 0, 200));
      const length = head ? head[0].length + Number(head[1]) : 0;
      if (!head || pending.length < length) return;
      const message = JSON.parse(pending.toString('utf8', head[0].length, length)) as { id?: number; method?: string };
      pending = pending.subarray(length);
      if (message.method && message.id !== undefined) send({ id: message.id, result: null });
      if (message.id === 1 && !message.method) send({ method: 'initialized', params: {} });
    }
  });
  const uri = pathToFileURL(folder).href;
  send({ id: 1, method: 'initialize', params: { processId: process.pid, rootUri: uri, capabilities: {}, workspaceFolders: [{ uri, name }] } });
  const processorMs = (): Promise<number> => new Promise((resolve) => {
    server.stderr.once('data', (data: Buffer) => resolve(Number(/cpu:(\d+)/.exec(data.toString())?.[1]) / 1000));
    server.kill('SIGUSR2');
  });
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(2000);
  // Busy at first: idle begins where two seconds cost less than a tenth of a core.
  for (let before = await processorMs(), calm = 0; calm < 2;) {
    await wait(2000);
    const now = await processorMs();
    calm = now - before < 200 ? calm + 1 : 0;
    before = now;
  }
  const before = await processorMs();
  await wait(10_000);
  const used = await processorMs() - before;
  server.kill();
  print([['idle server on', 'core %'], [name, (used / 100).toFixed(2)]]);
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log(`\n${rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n')}`);
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--parse') {
  await parse(rest[0]!);
} else if (first === '--understand') {
  await understand(rest[0]!);
} else {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(packages);
  const unknown = names.filter((name) => !(name in packages));
  if (unknown.length > 0) throw new Error(`Not measured: ${unknown.join(', ')}. There are: ${Object.keys(packages).join(', ')}.`);
  scan(names);
  await keystrokes(names[0]!);
  // Windows has no signal to ask a process for its time.
  if (process.platform !== 'win32') await idle(names.at(-1)!);
}
