/** Makefiles → the commands of their recipes. */

import type { Command } from '../facts.ts';
import { upwards } from '../folders.ts';
import { asWritten, filled, unfilled, unknownReference, type FilledText } from './filling.ts';
import { shellCommands } from './shell.ts';
import { splitWords } from './splitting.ts';
import type { StartFile } from './starts.ts';
import type { Value } from './words.ts';

/** One run of the shell: a line of a recipe with its continuations, or a whole recipe under `.ONESHELL`. */
interface Recipe {
  readonly target: string;
  readonly lines: FilledText;
}

/** Variables may name each other so many levels deep. */
const deepest = 8;

/** The commands of all recipes; `make TARGET` is a condition of each. */
export function makefile(file: StartFile): Command[] {
  const { variables, recipes } = read(file.text);
  const directories = upwards(file.folder);
  const found: Command[] = [];
  for (const { target, lines } of recipes) {
    const environment = new Map<string, Value>();
    const source = filled(lines, reference, ([whole, round, braced, single]) => {
      if (whole === '$$') return '$';
      const name = round ?? braced ?? single!;
      const value = valueOf(variables.get(name), variables);
      if (!value) return unknownReference;
      // A variable of the shell takes the place of make's: it is split into words where it is not quoted.
      const own = `__make_${name.replace(/\W/g, '_')}`;
      environment.set(own, value);
      return value.list ? `\${${own}[@]}` : `\${${own}}`;
    });
    const start = { source, folder: file.folder, directories, certain: true, form: 'shell' as const, variables: environment };
    const conditions = target === '' ? [] : [`make ${target}`];
    for (const command of asWritten(file.text, shellCommands(file.parser, start).commands, source)) found.push({ ...command, conditions: [...conditions, ...command.conditions] });
  }
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** `$(A)`, `${A}`, `$@`; calls such as `$(shell nproc)` have brackets inside, one level of them is read. */
const reference = /\$\$|\$(?:\(((?:[^()\n]|\([^()\n]*\))*)\)|\{([^{}\n]*)\}|([A-Za-z@<^?*%+]))/g;

/** What a variable stands for in a recipe; a value with quotes is words, as the shell will split it. */
function valueOf(values: Variable | undefined, variables: ReadonlyMap<string, Variable>): Value | undefined {
  const made = textOf(values, variables);
  if (!made || /[;&|<>`$]/.test(made.text)) return undefined;
  const range = { start: made.at(0), end: made.at(made.text.length) };
  if (!/["'\\]/.test(made.text)) return { text: made.text, range };
  return { list: splitWords(made, 'shlex').map((word) => ({ start: word.start, end: word.end, text: word.text, value: word.text, indirect: true })), range };
}

/** The text of a variable; undefined for one that is set nowhere, in several ways, or by what only the machine knows. */
function textOf(values: Variable | undefined, variables: ReadonlyMap<string, Variable>, level = 0): FilledText | undefined {
  const first = values?.[0];
  if (!first || level > deepest || !values.every((value) => value?.text === first.text)) return undefined;
  let known = true;
  const made = filled(first, reference, ([whole, round, braced, single]) => {
    const text = whole === '$$' ? undefined : textOf(variables.get(round ?? braced ?? single!), variables, level + 1)?.text;
    known &&= text !== undefined;
    return text;
  });
  return known ? made : undefined;
}

// ── Lines ──

/** All values a variable is given, as written; undefined for one that cannot be told (`+=`, of one target alone). */
type Variable = readonly (FilledText | undefined)[];

interface Makefile {
  readonly variables: ReadonlyMap<string, Variable>;
  readonly recipes: readonly Recipe[];
}

const assignment = /^ *(?:(?:export|override|private)[ \t]+)*([\w.-]+)[ \t]*(?:\?|::?:?|\+|!)?=[ \t]*/;
const rule = /^([^\s#=:][^#=:]*?)[ \t]*::?(?!=)([^;#]*)(;)?/;

function read(text: string): Makefile {
  const variables = new Map<string, Variable>();
  const recipes: Recipe[] = [];
  const oneShell = /^\.ONESHELL[ \t]*:/m.test(text);
  const lines = [...text.matchAll(/[^\n]*(?:\n|$)/g)];
  let target = '';
  let defining = false;
  for (let at = 0; at < lines.length; at++) {
    const first = at;
    while (/\\\r?\n$/.test(lines[at]![0]) && at + 1 < lines.length) at++;
    const start = lines[first]!.index;
    const end = lines[at]!.index + lines[at]![0].replace(/\r?\n$/, '').length;
    const line = text.slice(start, end);
    if (/^ *(?:define|endef)\b/.test(line)) defining = /^ *define\b/.test(line);
    else if (defining) continue;
    else if (line.startsWith('\t') && target !== '') addRecipe(recipes, target, text, start + 1, end, oneShell);
    else if (assignment.test(line)) addVariable(variables, text, start, line);
    else {
      const [whole, names, prerequisites, recipe] = rule.exec(line) ?? [];
      if (whole === undefined) continue;
      target = names!.trim();
      // `prod: WORKERS = 4` holds for one target alone.
      const own = assignment.exec(prerequisites! + line.slice(whole.length));
      if (own) variables.set(own[1]!, [...(variables.get(own[1]!) ?? []), undefined]);
      else if (recipe) addRecipe(recipes, target, text, start + whole.length, end, false);
    }
  }
  return { variables, recipes };
}

function addVariable(variables: Map<string, Variable>, text: string, start: number, line: string): void {
  const [whole, name] = assignment.exec(line)!;
  const written = line.slice(whole.length).replace(/[ \t]#.*$/, '').replace(/\\\r?\n[ \t]*/g, ' ').trimEnd();
  const value = /\+=[ \t]*$/.test(whole) ? undefined : unfilled({ text: written, at: (index) => start + whole.length + index });
  variables.set(name!, [...(variables.get(name!) ?? []), value]);
}

function addRecipe(recipes: Recipe[], target: string, text: string, start: number, end: number, joined: boolean): void {
  // `@`, `-` and `+` speak to make.
  const marks = /^[ \t]*(?:[@+-][ \t]*)*/.exec(text.slice(start, end))![0].length;
  const lines = unfilled({ text: text.slice(start + marks, end), at: (index) => start + marks + index });
  const last = recipes.at(-1);
  if (!joined || !last || last.target !== target) {
    recipes.push({ target, lines });
    return;
  }
  const before = last.lines;
  const length = before.text.length + 1;
  recipes[recipes.length - 1] = { target, lines: unfilled({ text: `${before.text}\n${lines.text}`, at: (index) => (index < length ? before.at(index) : lines.at(index - length)) }) };
}
