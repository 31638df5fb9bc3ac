/** Shell text → commands, each with what its words expand to, where it runs and under which conditions. */

import { emptyFacts, type Assignment, type Command, type Facts, type Range, type Word } from '../facts.ts';
import { absoluteCandidates, folderOf, joinPath, scriptFolder, upwards } from '../folders.ts';
import { ignores } from './ignores.ts';
import { agreed, choiceOf, State, toWord } from './shell-state.ts';
import type { FlatTree } from './tree.ts';
import { children, expand, insideText, joined, kindOf, plainText, rangeOf, splitAgain, valueOf, withoutReturns, type ShellText, type ShellTree, type Value, type Variables } from './words.ts';

/** Parses shell text; the tree need only be valid until the next call. `kinds` names its symbols. */
export interface ShellParser {
  parse(text: string): FlatTree;
  readonly kinds: readonly string[];
}

/** What holds where a shell text begins. */
export interface ShellStart {
  readonly source: ShellText;
  /** Folder of the file, relative to the workspace root, `''` for the root. */
  readonly folder: string;
  readonly directories: readonly string[];
  /** The first of `directories` is certain. */
  readonly certain?: boolean;
  /** Variables set outside: exported ones, and others. */
  readonly environment?: ReadonlyMap<string, Value>;
  readonly variables?: ReadonlyMap<string, Value>;
  readonly form: Command['form'];
}

/** Commands of a shell text by position, its comments and where it does not parse. */
export interface ShellCommands {
  readonly commands: readonly Command[];
  readonly comments: readonly Range[];
  readonly errors: readonly Range[];
}

/** Facts of a shell script. */
export function shellFacts(path: string, text: string, parser: ShellParser): Facts {
  const folder = folderOf(path);
  const { commands, comments, errors } = shellCommands(parser, { source: plainText(text), folder, directories: upwards(folder), form: 'shell' });
  return { ...emptyFacts(path, 'shell', text), commands, errors, ignores: ignores(text, comments, 'backslash') };
}

/** Commands of one shell text, those of `bash -c "…"` and `bash <<EOF` inside it included. */
export function shellCommands(parser: ShellParser, start: ShellStart): ShellCommands {
  const found = { commands: [] as Command[], comments: [] as Range[], errors: [] as Range[] };
  const jobs: { start: ShellStart; depth: number; state?: State; conditions?: readonly string[] }[] = [{ start, depth: 0 }];
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    // A job may ask for more parsing, and the parser's tree lives only until then: nested texts wait their turn.
    const source = withoutReturns(job.start.source);
    const reader = new ShellReader({ source, tree: parser.parse(source.text), kinds: parser.kinds }, job.start, job.state, job.conditions ?? []);
    reader.run();
    found.commands.push(...reader.commands);
    if (job.start === start) {
      found.comments.push(...reader.comments);
      found.errors.push(...reader.errors);
    }
    // A variable may hold a command that runs the variable: the levels are counted.
    if (job.depth < deepest) for (const nested of reader.nested) jobs.push({ start: { ...start, source: nested.source, form: 'shell' }, depth: job.depth + 1, state: nested.state, conditions: nested.conditions });
  }
  found.commands.sort((a, b) => a.start - b.start || a.end - b.end);
  return found;
}

const deepest = 4;

interface Nested {
  readonly source: ShellText;
  readonly state: State;
  readonly conditions: readonly string[];
}

const shells = /^(?:.*\/)?(?:ba|da|a|z|k)?sh$/;
const otherUser = /^(?:.*\/)?(?:su|runuser|doppler)$/;

class ShellReader implements Variables {
  readonly commands: Command[] = [];
  readonly comments: Range[] = [];
  readonly errors: Range[] = [];
  readonly nested: Nested[] = [];
  readonly #shell: ShellTree;
  readonly #start: ShellStart;
  #state: State;
  #conditions: readonly string[];
  readonly #functions = new Map<string, { readonly body: number; called: boolean }>();
  /** Variables as the commands see them; made anew only after a change. */
  #seen: { environment: Map<string, Word | undefined>; exported: Map<string, Word | undefined> } | undefined;

  constructor(shell: ShellTree, start: ShellStart, state: State | undefined, conditions: readonly string[]) {
    this.#shell = shell;
    this.#start = start;
    this.#conditions = conditions;
    this.#state = state ?? new State();
    if (state) return;
    this.#state.directories = start.directories;
    this.#state.certain = start.certain ?? false;
    this.#state.variables = new Map([...(start.variables ?? []), ...(start.environment ?? [])]);
    this.#state.exported = new Set(start.environment?.keys());
  }

  get(name: string): Value | undefined { return this.#state.variables.get(name); }
  set(name: string, value: Value): void {
    this.#state.variables.set(name, this.#conditions.length === 0 ? value : { ...value, conditions: this.#conditions });
    if (this.#state.exportAll) this.#state.exported.add(name);
    this.#seen = undefined;
  }
  get positional(): readonly Word[] | undefined { return this.#state.positional; }
  get inScriptFolder(): boolean { return this.#state.inScriptFolder; }

  run(): void {
    const { tree } = this.#shell;
    for (let node = 0; node < tree.count; node++) {
      const kind = kindOf(this.#shell, node);
      if (kind === 'comment') this.comments.push(rangeOf(this.#shell, node));
      else if (kind === '' || tree.missing[node] === 1) this.errors.push(rangeOf(this.#shell, node));
    }
    if (tree.count > 0) this.#walk(0);
    for (const one of this.#functions.values()) if (!one.called) this.#call(one);
  }

  #children(node: number): number[] { return [...children(this.#shell.tree, node)]; }
  #text(node: number): string { return this.#shell.source.text.slice(this.#shell.tree.start[node], this.#shell.tree.end[node]); }

  #walk(node: number): void {
    switch (kindOf(this.#shell, node)) {
      case 'command':
        return this.#command(node, []);
      case 'redirected_statement':
        return this.#redirected(node);
      case 'variable_assignment':
        this.#assign(node);
        return;
      case 'declaration_command':
      case 'unset_command':
        return this.#declare(node);
      case 'list':
        return this.#list(node);
      case 'if_statement':
        return this.#if(node);
      case 'case_statement':
        return this.#case(node);
      case 'function_definition':
        return this.#define(node);
      case 'for_statement':
      case 'c_style_for_statement':
      case 'while_statement':
        return this.#loop(node);
      case 'subshell':
      case 'command_substitution':
      case 'pipeline':
        return this.#apart(node);
      case 'heredoc_body': // nested texts are read on their own
        return;
      default:
        for (const child of this.#children(node)) this.#walk(child);
    }
  }

  /** Commands that cannot change the variables around them. */
  #apart(node: number): void {
    const before = this.#state;
    for (const child of this.#children(node)) {
      this.#state = before.clone();
      this.#seen = undefined;
      if (kindOf(this.#shell, node) === 'pipeline') this.#walk(child);
      else {
        for (const each of this.#children(node)) this.#walk(each);
        break;
      }
    }
    this.#state = before;
    this.#seen = undefined;
  }

  // ── Variables ──

  #assign(node: number): string | undefined {
    const assignment = this.#assignment(node);
    if (!assignment) return undefined;
    this.set(assignment.name, assignment.value);
    return assignment.name;
  }

  #assignment(node: number): { readonly name: string; readonly value: Value } | undefined {
    const parts = this.#children(node);
    const [name, operator, value] = parts;
    if (name === undefined || operator === undefined) return undefined;
    const variable = this.#text(name);
    const range = rangeOf(this.#shell, node);
    if (kindOf(this.#shell, name) === 'subscript') return { name: variable.replace(/\[.*$/s, ''), value: { range } };
    const made: Value = value === undefined ? { text: '', range } : valueOf(this.#shell, value, this);
    if (kindOf(this.#shell, operator) !== '+=') return { name: variable, value: made };
    const before = this.get(variable);
    if (made.list) return { name: variable, value: before?.list ? { list: [...before.list, ...made.list], range } : { range } };
    return { name: variable, value: joined(before, made, range) };
  }

  /** `export`, `declare`, `local`, `readonly`, `unset`. */
  #declare(node: number): void {
    const [keyword, ...rest] = this.#children(node);
    if (keyword === undefined) return;
    const verb = this.#text(keyword);
    const exports = verb === 'export' || rest.some((child) => kindOf(this.#shell, child) === 'word' && /^-\w*x/.test(this.#text(child)));
    for (const child of rest) {
      const kind = kindOf(this.#shell, child);
      const name = kind === 'variable_assignment' ? this.#assign(child) : kind === 'variable_name' ? this.#text(child) : undefined;
      if (name === undefined) continue;
      if (verb.startsWith('unset')) {
        this.#state.variables.delete(name);
        this.#state.exported.delete(name);
      } else if (exports) this.#state.exported.add(name);
      this.#seen = undefined;
    }
  }

  // ── Branches ──

  /** Runs `body` as something that may or may not happen, under a condition. */
  #branch(condition: string | undefined, body: () => void): State {
    const before = this.#state;
    const conditions = this.#conditions;
    if (condition) this.#conditions = [...conditions, condition];
    this.#state = before.clone();
    this.#seen = undefined;
    body();
    const after = this.#state;
    this.#state = before;
    this.#conditions = conditions;
    this.#seen = undefined;
    return after;
  }

  /** Goes on with what all `outcomes` agree on. */
  #merge(outcomes: readonly State[], conditions: string): void {
    const before = this.#state;
    const names = new Set(outcomes.flatMap((outcome) => [...outcome.variables.keys()]));
    for (const name of names) {
      const values = outcomes.map((outcome) => outcome.variables.get(name));
      this.#state.variables.set(name, agreed(values, conditions.includes('-z') && new RegExp(`\\b${name}\\b`).test(conditions)));
    }
    for (const outcome of outcomes) {
      for (const name of outcome.exported) before.exported.add(name);
      if (outcome.directories.join() !== before.directories.join()) {
        before.directories = [...new Set([...outcome.directories, ...before.directories])];
        before.certain = false;
      }
    }
    this.#seen = undefined;
  }

  #list(node: number): void {
    const [left, operator, right] = this.#children(node);
    if (left === undefined) return;
    this.#walk(left);
    if (right === undefined) return;
    const either = this.#text(operator!) === '||';
    if (!either && !this.#isTest(left)) return this.#walk(right);
    const condition = (either ? '! ' : '') + this.#text(left);
    const after = this.#branch(condition, () => this.#walk(right));
    this.#merge([this.#state.clone(), after], condition);
  }

  #isTest(node: number): boolean {
    const kind = kindOf(this.#shell, node);
    if (kind === 'test_command' || kind === 'negated_command') return true;
    return kind === 'command' && /^(?:test|\[)\s/.test(this.#text(node));
  }

  #if(node: number): void {
    const outcomes: State[] = [];
    const { tree } = this.#shell;
    const refused: string[] = [];
    let otherwise = false;
    const clause = (clauseNode: number, isElse: boolean) => {
      const parts = this.#children(clauseNode);
      const then = isElse ? 0 : parts.findIndex((part) => kindOf(this.#shell, part) === 'then');
      const test = isElse ? [] : parts.slice(1, then).filter((part) => kindOf(this.#shell, part) !== ';');
      for (const part of test) this.#walk(part);
      const condition = test.length > 0 ? this.#shell.source.text.slice(tree.start[test[0]!], tree.end[test.at(-1)!]) : undefined;
      const body = parts.slice(then + 1).filter((part) => !/^(?:elif|else)_clause$/.test(kindOf(this.#shell, part)));
      outcomes.push(this.#branch(condition ?? refused.map((one) => `! ${one}`).join(' && '), () => body.forEach((part) => this.#walk(part))));
      if (condition) refused.push(condition);
    };
    clause(node, false);
    for (const child of this.#children(node)) {
      const kind = kindOf(this.#shell, child);
      if (kind === 'elif_clause') clause(child, false);
      else if (kind === 'else_clause') {
        otherwise = true;
        clause(child, true);
      }
    }
    this.#merge(otherwise ? outcomes : [this.#state.clone(), ...outcomes], refused.join(' '));
  }

  #case(node: number): void {
    const parts = this.#children(node);
    const value = parts[1] === undefined ? '' : this.#text(parts[1]);
    const outcomes: State[] = [this.#state.clone()];
    for (const item of parts) {
      if (kindOf(this.#shell, item) !== 'case_item') continue;
      const inside = this.#children(item);
      const close = inside.findIndex((part) => kindOf(this.#shell, part) === ')');
      const pattern = inside.slice(0, close).map((part) => this.#text(part)).join('');
      outcomes.push(this.#branch(`${value} = ${pattern}`, () => inside.slice(close + 1).forEach((part) => this.#walk(part))));
    }
    this.#merge(outcomes, '');
  }

  #loop(node: number): void {
    const [, name] = this.#children(node);
    if (kindOf(this.#shell, node) === 'for_statement' && name !== undefined) this.set(this.#text(name), { range: rangeOf(this.#shell, name) });
    for (const child of this.#children(node)) this.#walk(child);
  }

  #define(node: number): void {
    const parts = this.#children(node);
    const name = parts.find((part) => kindOf(this.#shell, part) === 'word');
    const body = parts.at(-1);
    if (name !== undefined && body !== undefined) this.#functions.set(this.#text(name), { body, called: false });
  }

  #call(one: { readonly body: number; called: boolean }): void {
    one.called = true;
    const { positional } = this.#state;
    this.#state.positional = undefined;
    this.#walk(one.body);
    this.#state.positional = positional;
  }

  // ── Commands ──

  #redirected(node: number): void {
    const extra: number[] = [];
    let body: number | undefined;
    let heredoc: number | undefined;
    const after: number[] = [];
    for (const child of this.#children(node)) {
      const kind = kindOf(this.#shell, child);
      if (kind === 'file_redirect') {
        // The grammar gives a redirection all words behind it; only the first is its own.
        const targets = this.#children(child).filter((part) => !/^[<>&|]+-?$|^file_descriptor$/.test(kindOf(this.#shell, part)));
        extra.push(...targets.slice(1));
      } else if (kind === 'herestring_redirect') continue;
      else if (kind === 'heredoc_redirect') {
        for (const part of this.#children(child)) {
          const inner = kindOf(this.#shell, part);
          if (inner === 'heredoc_body') heredoc = part;
          else if (!/^(?:<<-?|heredoc_start|heredoc_end|file_redirect|file_descriptor)$/.test(inner)) after.push(part);
        }
      } else body = child;
    }
    const isCommand = body !== undefined && kindOf(this.#shell, body) === 'command';
    if (isCommand) this.#command(body!, [...extra, ...after.filter((part) => this.#isWord(part))], heredoc);
    else if (body !== undefined) this.#walk(body);
    for (const part of after) if (!this.#isWord(part)) this.#walk(part);
  }

  #isWord(node: number): boolean {
    return /^(?:word|string|raw_string|number|concatenation|simple_expansion|expansion|command_substitution)$/.test(kindOf(this.#shell, node));
  }

  #command(node: number, extra: readonly number[], heredoc?: number): void {
    const choice = choiceOf(this.#children(node).map((child) => this.#text(child)), this.#state.variables);
    if (choice) return this.#choose(choice, () => this.#command(node, extra, heredoc));
    const words: Word[] = [];
    const nodes: number[] = [];
    const assignments: Assignment[] = [];
    const take = (child: number) => {
      for (const inner of this.#children(child)) this.#substitutions(inner);
      if (kindOf(this.#shell, child) === 'command_substitution') this.#walk(child);
      for (const word of expand(this.#shell, child, this)) {
        words.push(word);
        nodes.push(child);
      }
    };
    for (const child of this.#children(node)) {
      const kind = kindOf(this.#shell, child);
      if (kind === 'variable_assignment') {
        const made = this.#assignment(child);
        if (made) assignments.push({ ...rangeOf(this.#shell, child), name: made.name, value: toWord(made.value) });
      } else if (kind === 'file_redirect' || kind === 'herestring_redirect' || kind === 'heredoc_redirect' || kind === 'comment') continue;
      else take(child);
    }
    extra.forEach(take);
    if (words.length === 0) return;
    const name = words[0]!.value;
    if (name !== undefined && this.#builtin(name, words)) return;
    const own = name === undefined ? undefined : this.#functions.get(name);
    if (own && !own.called) return this.#call(own);
    const whole = rangeOf(this.#shell, node);
    this.commands.push({ start: whole.start, end: Math.max(whole.end, words.at(-1)!.end), words: name === 'eval' ? splitAgain(words) : words, assignments, ...this.#surroundings(), form: this.#start.form });
    this.#inner(words, nodes, heredoc);
  }

  /** Runs a command in each of the ways that branches before it left open. */
  #choose({ name, values }: NonNullable<ReturnType<typeof choiceOf>>, run: () => void): void {
    const [before, conditions] = [this.get(name)!, this.#conditions];
    for (const value of values) {
      this.#state.variables.set(name, value);
      this.#conditions = [...conditions, ...(value.conditions ?? []).filter((one) => !conditions.includes(one))];
      this.#seen = undefined;
      run();
    }
    this.#state.variables.set(name, before);
    this.#conditions = conditions;
    this.#seen = undefined;
  }

  /** Commands inside `$(…)` of a word. */
  #substitutions(node: number): void {
    if (kindOf(this.#shell, node) === 'command_substitution') this.#walk(node);
    else for (const child of this.#children(node)) this.#substitutions(child);
  }

  #surroundings(): Pick<Command, 'environment' | 'exported' | 'directories' | 'directory' | 'conditions'> {
    const state = this.#state;
    if (!this.#seen) {
      const environment = new Map<string, Word | undefined>();
      for (const [name, value] of state.variables) environment.set(name, toWord(value));
      const exported = new Map<string, Word | undefined>();
      for (const name of state.exported) exported.set(name, environment.get(name));
      this.#seen = { environment, exported };
    }
    return { ...this.#seen, directories: state.directories, ...(state.certain ? { directory: state.directories[0]! } : {}), conditions: this.#conditions };
  }

  /** Commands that change the shell itself. */
  #builtin(name: string, words: readonly Word[]): boolean {
    const state = this.#state;
    switch (name) {
      case 'cd':
      case 'pushd':
        this.#changeDirectory(words.slice(1).find((word) => !word.value?.startsWith('-')));
        return true;
      case 'set': {
        const from = words.findIndex((word) => word.value === '--');
        if (from > 0) state.positional = words.slice(from + 1);
        const option = words[1]?.value;
        if (option && (/^-\w*a/.test(option) || (option === '-o' && words[2]?.value === 'allexport'))) state.exportAll = true;
        if (option && (/^\+\w*a/.test(option) || (option === '+o' && words[2]?.value === 'allexport'))) state.exportAll = false;
        return true;
      }
      case 'shift':
        state.positional = words.length === 1 && state.positional && state.positional[0]?.many !== true ? state.positional.slice(1) : undefined;
        return true;
      case 'read':
      case 'mapfile':
      case 'readarray':
      case 'getopts':
        for (const word of words.slice(1)) if (word.value && /^[A-Za-z_]\w*$/.test(word.value)) this.set(word.value, { range: word });
        return true;
      default:
        return name === ':';
    }
  }

  #changeDirectory(target: Word | undefined): void {
    const state = this.#state;
    const [to, folder] = [target?.value, this.#start.folder];
    if (to === undefined || to.startsWith('~')) {
      state.certain = false;
      state.inScriptFolder = false;
      state.directories = [...new Set([...upwards(folder), ...state.directories])];
    } else if (to.startsWith(scriptFolder)) {
      const directory = joinPath(folder, to.slice(scriptFolder.length));
      state.certain = directory !== undefined;
      state.inScriptFolder = to === scriptFolder;
      state.directories = directory === undefined ? upwards(folder) : [directory];
    } else {
      state.inScriptFolder = false;
      if (to.startsWith('/')) state.certain = false;
      const found = to.startsWith('/') ? absoluteCandidates(to, upwards(folder)) : state.directories.map((from) => joinPath(from, to)).filter((one) => one !== undefined);
      state.directories = found.length > 0 ? found : upwards(folder);
    }
  }

  /** Queues the text of `bash -c "…"` and of `bash <<EOF`. */
  #inner(words: readonly Word[], nodes: readonly number[], heredoc: number | undefined): void {
    const shell = words.findIndex((word) => word.value !== undefined && (shells.test(word.value) || otherUser.test(word.value)));
    if (shell === -1) return;
    // `su user -c …` has a word before the option, a shell none.
    const loose = otherUser.test(words[shell]!.value!);
    for (let at = shell + 1; at + 1 < words.length; at++) {
      const value = words[at]!.value;
      if (value === '--command' || (value !== undefined && /^-[a-z]*c$/.test(value))) {
        const source = insideText(this.#shell, words[at + 1]!, nodes[at + 1]!);
        if (source) this.nested.push({ source, state: this.#state.clone(), conditions: this.#conditions });
        return;
      }
      if (!loose && !value?.startsWith('-') && value !== 'pipefail') break;
    }
    if (heredoc === undefined) return;
    const { tree, source } = this.#shell;
    const from = tree.start[heredoc]!;
    this.nested.push({ source: { text: source.text.slice(from, tree.end[heredoc]), at: (index) => source.at(from + index) }, state: this.#state.clone(), conditions: this.#conditions });
  }
}
