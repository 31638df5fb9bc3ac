/** Dockerfiles → what the container starts. */

import type { Command } from '../facts.ts';
import { absoluteCandidates, upwards } from '../folders.ts';
import { aligned } from './alignment.ts';
import { filledWord, substituted, unfilled, withoutTemplates, type FilledText } from './filling.ts';
import { startCommands, type Given, type ListWord, type StartFile } from './starts.ts';
import type { ShellText, Value } from './words.ts';

interface Instruction {
  readonly name: string;
  readonly source: ShellText;
}

interface Stage {
  readonly name?: string;
  environment: Map<string, Value>;
  /** `ARG`s: known while the image is built, gone when it runs. */
  arguments: Map<string, Value>;
  directory: string | undefined;
  command?: ShellText;
  entrypoint?: ShellText;
  /** The command was set in this stage, not in the image it builds on. */
  ownCommand?: boolean;
  /** `SHELL`, as far as it is one we read. */
  unreadable?: boolean;
}

/** The commands of the last stage: the one that is run. */
export function dockerfile(file: StartFile): Command[] {
  const stages: Stage[] = [];
  const globals = new Map<string, Value>();
  for (const { name, source } of instructions(file.text)) {
    if (name === 'FROM') {
      const [, from, as] = /^(?:--\S+\s+)*(\S+)(?:\s+[Aa][Ss]\s+(\S+))?/.exec(source.text) ?? [];
      const parent = stages.findLast((stage) => stage.name !== undefined && stage.name === from);
      stages.push({ ...(parent ?? { directory: undefined }), ownCommand: false, environment: new Map(parent?.environment), arguments: new Map(), ...(as === undefined ? {} : { name: as }) });
      continue;
    }
    const stage = stages.at(-1);
    if (name === 'ARG') setArguments(stage?.arguments ?? globals, source, stage, globals);
    if (!stage) continue;
    if (name === 'ENV') setEnvironment(stage, source);
    else if (name === 'WORKDIR') stage.directory = directoryAfter(stage, source.text);
    else if (name === 'CMD') [stage.command, stage.ownCommand] = [source, true];
    else if (name === 'SHELL') stage.unreadable = !/^\[\s*"(?:[^"]*\/)?(?:ba|da|a|z|k)?sh"/.test(source.text.trim());
    else if (name === 'ENTRYPOINT') {
      stage.entrypoint = source;
      // An entrypoint of this stage resets a command inherited from its image; one of the file stays.
      if (!stage.ownCommand) delete stage.command;
    }
  }
  const last = stages.at(-1);
  if (!last) return [];
  const folders = upwards(file.folder);
  const surroundings = { directories: last.directory === undefined ? folders : absoluteCandidates(last.directory, folders), environment: last.environment };
  const [entrypoint, command] = [last.entrypoint && given(file, last.entrypoint), last.command && given(file, last.command)];
  if (last.unreadable && (entrypoint?.kind === 'text' || command?.kind === 'text')) return [];
  return startCommands(file, entrypoint, command, surroundings);
}

/** An instruction's arguments: a JSON list, else text for `/bin/sh -c`. */
function given(file: StartFile, written: ShellText): Given {
  const source = withoutTemplates(unfilled(written));
  const words = jsonWords(file, source);
  return words ? { kind: 'list', words, form: 'json' } : { kind: 'text', source, shell: true };
}

function jsonWords(file: StartFile, source: FilledText): ListWord[] | undefined {
  const { text } = source;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed) || !parsed.every((item) => typeof item === 'string')) return undefined;
  } catch {
    return undefined;
  }
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(({ 0: written, index }) => {
    const value = JSON.parse(written) as string;
    const inside = { ...aligned(value, text, index + 1, 'double', source), references: source.references };
    return { word: filledWord(file.text, { start: source.at(index), end: source.at(index + written.length - 1) + 1 }, inside), inside };
  });
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
      // Comments and empty lines do not end what a backslash goes on with.
      if (from === 0 && /^\s*(?:#|$)/.test(written)) continue;
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
    // A here-document's word stands by itself: `$((1 << 2))` is none. One without an end is no here-document either.
    const heredocs = name === 'RUN' || name === 'COPY' || name === 'ADD' ? [...joined.matchAll(/(?<=^|\s)\d*<<-?(["']?)([A-Za-z_][\w.-]*)\1(?=\s|$)/g)] : [];
    for (const heredoc of heredocs) {
      const end = lines.findIndex((line, index) => index > at && line[0].trim() === heredoc[2]);
      if (end !== -1) at = end;
    }
    yield { name, source: { text: joined, at: (index) => offsets[Math.min(index, offsets.length - 1)]! } };
  }
}

// ── Variables ──

function setEnvironment(stage: Stage, source: ShellText): void {
  const range = rangeOf(source);
  const known = new Map([...stage.arguments, ...stage.environment]);
  const set = (name: string, written: string) => {
    const value = substituted(written, known);
    stage.environment.set(name, { ...(value === undefined ? {} : { text: value }), range });
  };
  const pairs = assignments(source.text);
  const old = /^\s*([A-Za-z_]\w*)\s+(.+?)\s*$/.exec(source.text);
  if (pairs) for (const [name, value] of pairs) set(name, value);
  else if (old) set(old[1]!, old[2]!);
}

function setArguments(into: Map<string, Value>, source: ShellText, stage: Stage | undefined, globals: ReadonlyMap<string, Value>): void {
  const range = rangeOf(source);
  for (const [name, value] of assignments(source.text) ?? []) {
    const known = substituted(value, new Map([...into, ...(stage?.environment ?? [])]));
    if (known !== undefined) into.set(name, { text: known, range });
  }
  // `ARG NAME` takes the value that stands before the first stage.
  for (const word of source.text.split(/\s+/)) {
    const outer = /^[A-Za-z_]\w*$/.test(word) ? globals.get(word) : undefined;
    if (stage && outer) into.set(word, outer);
  }
}

function assignments(text: string): [string, string][] | undefined {
  if (!/^\s*[A-Za-z_]\w*=/.test(text)) return undefined;
  return [...text.matchAll(/([A-Za-z_]\w*)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)/g)].map((pair) => [pair[1]!, unquoted(pair[2]!)]);
}

function directoryAfter(stage: Stage, written: string): string | undefined {
  const directory = substituted(written.trim().replace(/^["']|["']$/g, ''), new Map([...stage.arguments, ...stage.environment]));
  if (directory === undefined || directory.startsWith('/') || stage.directory === undefined) return directory ?? stage.directory;
  return `${stage.directory.replace(/\/$/, '')}/${directory}`;
}

function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) => double?.replace(/\\(["\\])/g, '$1') ?? single ?? escaped ?? '');
}

function rangeOf(source: ShellText): { readonly start: number; readonly end: number } {
  return { start: source.at(0), end: source.at(source.text.length) };
}
