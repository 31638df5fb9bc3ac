/** Dockerfile, Procfile and compose → the commands inside, with their places in the file. */

import { isMap, isScalar, isSeq, parseDocument, type Node, type Scalar, type YAMLMap } from 'yaml';
import { emptyFacts, type Command, type Facts, type Language, type Range, type Word } from '../facts.ts';
import { absoluteCandidates, folderOf, joinPath, upwards } from '../folders.ts';
import { commentRanges, ignores } from './ignores.ts';
import { shellCommands, type ShellParser, type ShellStart } from './shell.ts';
import { plainText, type ShellText, type Value } from './words.ts';

/** Facts of a container or process file. Never throws; what cannot be read has no commands. */
export function containerFacts(path: string, text: string, language: Language, parser: ShellParser): Facts {
  const read = language === 'dockerfile' ? dockerfile : language === 'compose' ? compose : language === 'procfile' ? procfile : undefined;
  const commands = read ? read({ path, text, folder: folderOf(path), parser }) : [];
  return { ...emptyFacts(path, language, text), commands, ignores: ignores(text, commentRanges(text), 'backslash') };
}

interface File {
  readonly path: string;
  readonly text: string;
  readonly folder: string;
  readonly parser: ShellParser;
}

/** What holds for the commands of one container or process. */
interface Surroundings {
  readonly directories: readonly string[];
  readonly environment: ReadonlyMap<string, Value>;
}

// ── Procfile ──

function procfile({ text, folder, parser }: File): Command[] {
  const found: Command[] = [];
  for (const line of text.matchAll(/^([A-Za-z0-9_-]+)[ \t]*:[ \t]*(.+)$/gm)) {
    // The release phase ends before anything serves.
    if (line[1] === 'release') continue;
    const base = line.index + line[0].length - line[2]!.length;
    found.push(...shellCommands(parser, { source: plainText(line[2]!, base), folder, directories: upwards(folder), form: 'shell' }).commands);
  }
  return found;
}

// ── Dockerfile ──

interface Instruction {
  readonly name: string;
  readonly source: ShellText;
}

interface Stage {
  readonly name?: string;
  environment: Map<string, Value>;
  directory: string | undefined;
  command?: ShellText;
  entrypoint?: ShellText;
}

function dockerfile(file: File): Command[] {
  const stages: Stage[] = [];
  for (const { name, source } of instructions(file.text)) {
    if (name === 'FROM') {
      const [, from, as] = /^(?:--\S+\s+)*(\S+)(?:\s+[Aa][Ss]\s+(\S+))?/.exec(source.text) ?? [];
      const parent = stages.find((stage) => stage.name !== undefined && stage.name === from);
      stages.push({ ...(parent ?? { directory: undefined }), environment: new Map(parent?.environment), ...(as === undefined ? {} : { name: as }) });
      continue;
    }
    const stage = stages.at(-1);
    if (!stage) continue;
    if (name === 'ENV' || name === 'ARG') setVariables(stage, source, name === 'ENV');
    else if (name === 'WORKDIR') stage.directory = substituted(source.text.trim().replace(/^["']|["']$/g, ''), stage.environment) ?? stage.directory;
    else if (name === 'CMD') stage.command = source;
    else if (name === 'ENTRYPOINT') {
      stage.entrypoint = source;
      // An entrypoint of this stage resets a command inherited from its image; one of the file stays.
      if (stage.command && !stages.slice(0, -1).every((other) => other.command !== stage.command)) delete stage.command;
    }
  }
  const last = stages.at(-1);
  if (!last) return [];
  const folders = upwards(file.folder);
  const surroundings: Surroundings = { directories: last.directory === undefined ? folders : absoluteCandidates(last.directory, folders), environment: last.environment };
  return startCommands(file, last.entrypoint && given(last.entrypoint), last.command && given(last.command), surroundings);
}

/** The instructions of a Dockerfile, continuation lines joined and the comments among them taken out. */
function* instructions(text: string): Generator<Instruction> {
  const escape = /^#\s*escape\s*=\s*`/im.test(text.slice(0, 200)) ? '`' : '\\';
  const lines = [...text.matchAll(/[^\n]*(?:\n|$)/g)];
  for (let at = 0; at < lines.length; at++) {
    const start = /^[ \t]*([A-Za-z]+)[ \t]+/.exec(lines[at]![0]);
    if (!start) continue;
    const name = start[1]!.toUpperCase();
    let joined = '';
    const offsets: number[] = [];
    for (let line = at, from = start[0].length; line < lines.length; line++, from = 0) {
      const written = lines[line]![0];
      at = line;
      if (line > at && /^\s*#/.test(written)) continue;
      if (from === 0 && /^\s*#/.test(written)) continue;
      const content = written.replace(/\r?\n$/, '');
      const continued = content.trimEnd().endsWith(escape) && content.trim() !== '';
      const kept = continued ? content.trimEnd().slice(0, -1) : content;
      for (let index = from; index < kept.length; index++) {
        joined += kept[index];
        offsets.push(lines[line]!.index + index);
      }
      if (!continued) break;
      // The line break behind the escape counts as nothing but space.
      joined += ' ';
      offsets.push(lines[line]!.index + kept.length);
    }
    offsets.push((offsets.at(-1) ?? lines[at]!.index) + 1);
    const heredocs = name === 'RUN' || name === 'COPY' ? [...joined.matchAll(/<<-?\s*["']?(\w+)["']?/g)] : [];
    for (const heredoc of heredocs) while (at + 1 < lines.length && lines[++at]![0].trim() !== heredoc[1]);
    yield { name, source: { text: joined, at: (index) => offsets[Math.min(index, offsets.length - 1)]! } };
  }
}

function setVariables(stage: Stage, source: ShellText, exported: boolean): void {
  const range = { start: source.at(0), end: source.at(source.text.length) };
  const set = (name: string, value: string | undefined) => {
    if (!exported && stage.environment.has(name)) return;
    if (!exported && value === undefined) return;
    const known = value === undefined ? undefined : substituted(value, stage.environment);
    stage.environment.set(name, { ...(known === undefined ? {} : { text: known }), range });
  };
  const pairs = [...source.text.matchAll(/([A-Za-z_]\w*)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)/g)];
  const old = /^\s*([A-Za-z_]\w*)\s+(.+?)\s*$/.exec(source.text);
  if (pairs.length > 0 && /^\s*[A-Za-z_]\w*=/.test(source.text)) for (const pair of pairs) set(pair[1]!, unquoted(pair[2]!));
  else if (old && exported) set(old[1]!, old[2]);
}

function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) => double?.replace(/\\(["\\])/g, '$1') ?? single ?? escaped ?? '');
}

/** `$A` and `${A:-4}` filled in; undefined when a variable is not known. */
function substituted(text: string, environment: ReadonlyMap<string, Value>): string | undefined {
  let known = true;
  const filled = text.replace(/\$\$|\$(?:\{(\w+)(?:(:?[-+?])([^}]*))?\}|(\w+))/g, (whole, braced?: string, operator?: string, otherwise?: string, plain?: string) => {
    if (whole === '$$') return '$';
    const value = environment.get(braced ?? plain!)?.text;
    if (operator?.endsWith('+')) return value ? otherwise! : '';
    if (value !== undefined && !(operator === ':-' && value === '')) return value;
    if (operator?.endsWith('-')) return otherwise!;
    known = false;
    return '';
  });
  return known ? filled : undefined;
}

// ── Commands given as a list or as shell text ──

type Given = { readonly kind: 'list'; readonly words: readonly ListWord[]; readonly form: Command['form'] } | { readonly kind: 'text'; readonly source: ShellText; readonly shell: boolean };

/** A list item with the text inside it, for `["sh", "-c", "…"]`. */
interface ListWord {
  readonly word: Word;
  readonly inside: ShellText;
}

/** An instruction's arguments: a JSON list, else text for `/bin/sh -c`. */
function given(source: ShellText): Given {
  const words = jsonWords(source);
  return words ? { kind: 'list', words, form: 'json' } : { kind: 'text', source, shell: true };
}

function jsonWords(source: ShellText): ListWord[] | undefined {
  const { text } = source;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed) || !parsed.every((item) => typeof item === 'string')) return undefined;
  } catch {
    return undefined;
  }
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(({ 0: written, index }) => {
    const value = JSON.parse(written) as string;
    return { word: { start: source.at(index), end: source.at(index + written.length), text: written, value }, inside: aligned(value, text, index + 1, source) };
  });
}

/** `value`, which `text` from `from` on says with escapes or other line breaks: each character with its place. */
function aligned(value: string, text: string, from: number, source?: ShellText): ShellText {
  const place = (index: number) => (source ? source.at(index) : index);
  const offsets: number[] = [];
  let at = from;
  for (const letter of value.split('')) {
    if (/\s/.test(letter)) {
      while (at < text.length && !/\s/.test(text[at]!) && text[at] !== '\\') at++;
      offsets.push(place(at));
      const run = /^\s+/.exec(text.slice(at))?.[0] ?? '';
      at += run.includes('\n') ? run.length : text[at] === '\\' ? 2 : 1;
    } else {
      while (at < text.length && text[at] !== letter) at++;
      offsets.push(place(at));
      at++;
    }
  }
  offsets.push(place(at));
  return { text: value, at: (index) => offsets[Math.min(index, offsets.length - 1)]! };
}

/** What a container starts: its entrypoint with its command as arguments, and the shell text in either. */
function startCommands(file: File, entrypoint: Given | undefined, command: Given | undefined, surroundings: Surroundings): Command[] {
  if (entrypoint?.kind === 'text') return textCommands(file, entrypoint, surroundings);
  if (command?.kind === 'text') return textCommands(file, command, surroundings);
  const before = entrypoint?.words ?? [];
  const script = /(?:\.sh|entrypoint[\w.-]*)$/;
  // A script as entrypoint runs what it is given, as a rule: `exec "$@"`.
  const own = before.some(({ word }) => word.value !== undefined && script.test(word.value));
  const words = own && command ? command.words : [...before, ...(command?.words ?? [])];
  const last = (command ?? entrypoint) as (Given & { kind: 'list' }) | undefined;
  return last && words.length > 0 ? listCommands(file, words, last.form, surroundings) : [];
}

function textCommands(file: File, { source, shell }: Given & { kind: 'text' }, surroundings: Surroundings): Command[] {
  const all = shellCommands(file.parser, start(file, source, surroundings, shell ? 'shell' : 'plain', shell)).commands;
  if (shell) return [...all];
  const environment = wordsOf(surroundings.environment);
  return all.map((command) => ({ ...command, exported: environment }));
}

function start(file: File, source: ShellText, surroundings: Surroundings, form: Command['form'], expands: boolean): ShellStart {
  return { source, folder: file.folder, directories: surroundings.directories, form, ...(expands ? { environment: surroundings.environment } : {}) };
}

function listCommands(file: File, words: readonly ListWord[], form: Command['form'], surroundings: Surroundings): Command[] {
  const environment = wordsOf(surroundings.environment);
  const whole: Range = { start: words[0]!.word.start, end: words.at(-1)!.word.end };
  const found: Command[] = [{ ...whole, words: words.map(({ word }) => word), assignments: [], environment, exported: environment, directories: surroundings.directories, conditions: [], form }];
  const option = words.findIndex(({ word }, index) => index > 0 && /^-\w*c$/.test(word.value ?? ''));
  const shell = words.findIndex(({ word }) => /^(?:.*\/)?(?:ba|da|a|z|k)?sh$/.test(word.value ?? ''));
  const inside = shell !== -1 && option > shell ? words[option + 1] : undefined;
  if (inside) found.push(...shellCommands(file.parser, start(file, inside.inside, surroundings, 'shell', true)).commands);
  return found;
}

function wordsOf(environment: ReadonlyMap<string, Value>): Map<string, Word | undefined> {
  return new Map([...environment].map(([name, { text, range }]) => [name, { ...range, text: text ?? '', ...(text === undefined ? {} : { value: text }) }]));
}

// ── compose ──

function compose(file: File): Command[] {
  const document = parseDocument(file.text, { logLevel: 'silent' });
  const services = mapAt(document.contents, 'services');
  const found: Command[] = [];
  // A command that is being written means nothing yet.
  const whole = (node: unknown): Node | undefined => {
    const range = (node as Node | undefined)?.range;
    return range && !document.errors.some(({ pos }) => pos[0] <= range[2] && pos[1] >= range[0]) ? (node as Node) : undefined;
  };
  for (const { value } of services?.items ?? []) {
    if (!isMap(value)) continue;
    const directory = stringAt(value, 'working_dir');
    const build = value.get('build', true);
    const context = isScalar(build) ? String(build.value) : isMap(build) ? stringAt(build, 'context') : undefined;
    const from = context === undefined ? undefined : joinPath(file.folder, context);
    const folders = from === undefined ? upwards(file.folder) : [...new Set([from, ...upwards(file.folder)])];
    const surroundings = { directories: directory === undefined ? folders : absoluteCandidates(directory, folders), environment: environmentOf(value) };
    found.push(...startCommands(file, composeGiven(file, whole(value.get('entrypoint', true))), composeGiven(file, whole(value.get('command', true))), surroundings));
  }
  return found.sort((a, b) => a.start - b.start);
}

function mapAt(node: unknown, key: string): YAMLMap | undefined {
  const value: unknown = isMap(node) ? node.get(key, true) : undefined;
  return isMap(value) ? value : undefined;
}

function stringAt(map: YAMLMap, key: string): string | undefined {
  const value: unknown = map.get(key, true);
  return isScalar(value) && typeof value.value === 'string' ? value.value : undefined;
}

function environmentOf(service: YAMLMap): ReadonlyMap<string, Value> {
  const environment = new Map<string, Value>();
  const set = (name: string, written: string | undefined, range: Range) => {
    const known = written === undefined ? undefined : substituted(written, new Map());
    environment.set(name, { ...(known === undefined ? {} : { text: known }), range });
  };
  const node: unknown = service.get('environment', true);
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (isScalar(key) && key.range) set(String(key.value), isScalar(value) && value.value !== null ? String(value.value) : undefined, isScalar(value) && value.range ? rangeOf(value) : rangeOf(key));
    }
  } else if (isSeq(node)) {
    for (const item of node.items) {
      if (!isScalar(item) || !item.range) continue;
      const [, name, value] = /^([^=]+)(?:=([\s\S]*))?$/.exec(String(item.value)) ?? [];
      if (name !== undefined) set(name, value, rangeOf(item));
    }
  }
  return environment;
}

/** `command:` and `entrypoint:`: a list of words, or a text that is split like a shell's but run by none. */
function composeGiven(file: File, node: Node | undefined): Given | undefined {
  if (isSeq(node)) {
    const words = node.items.filter((item): item is Scalar => isScalar(item) && item.range != null).map((item) => listWord(file, item));
    return words.length === node.items.length ? { kind: 'list', words, form: node.flow ? 'json' : 'yaml-list' } : undefined;
  }
  if (!isScalar(node) || !node.range || typeof node.value !== 'string') return undefined;
  return { kind: 'text', source: scalarText(file, node), shell: false };
}

function listWord(file: File, item: Scalar): ListWord {
  const range = rangeOf(item);
  const value = substituted(String(item.value), new Map());
  const text = file.text.slice(range.start, range.end);
  return { word: { ...range, text, ...(value === undefined ? {} : { value }) }, inside: scalarText(file, item) };
}

function scalarText(file: File, scalar: Scalar): ShellText {
  const { start } = rangeOf(scalar);
  const block = scalar.type === 'BLOCK_FOLDED' || scalar.type === 'BLOCK_LITERAL';
  const from = block ? file.text.indexOf('\n', start) + 1 : scalar.type === 'PLAIN' ? start : start + 1;
  return aligned(String(scalar.value).trimEnd(), file.text, from);
}

function rangeOf(scalar: Scalar): Range {
  return { start: scalar.range![0], end: scalar.range![1] };
}
