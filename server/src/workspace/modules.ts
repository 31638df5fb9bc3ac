/** Which file a module name means, seen from another file. */

import type { Binding, Facts } from '../facts.ts';
import { blocking, returns } from '../knowledge/index.ts';

/** Top-level names of libraries we know: a sibling file of the same name does not shadow them inside a package. */
const libraries: ReadonlySet<string> = new Set([...blocking.keys(), ...returns.keys()].map((name) => name.split('.', 1)[0]!));

/** Compiled into Python: no file ever shadows them. */
const compiled: ReadonlySet<string> = new Set(['builtins', 'gc', 'itertools', 'math', 'posix', 'sys', 'time', '_thread']);

/** By name of the module. */
const kinds = new Map<string, 'compiled' | 'known' | 'other'>();

/** A module in the workspace: a file, or a folder without `__init__.py`. */
export interface Module {
  readonly path?: string;
  readonly folder: string;
}

/** What a name means, and the numbers of all paths whose coming or going would change that. */
interface Answer {
  readonly module: Module | undefined;
  readonly seen: readonly number[];
}

export class Modules {
  readonly #files = new Set<string>();
  /** Folders with an `__init__.py`. */
  readonly #packages = new Set<string>();
  readonly #folders = new Map<string, number>();
  /** Folders that hold a top-level package or module of a name. */
  readonly #roots = new Map<string, Set<string>>();
  /** Answers by the folder where the search begins, then by what is imported, until a file comes or goes. */
  readonly #known = new Map<string, Map<string, Answer>>();
  /** Of imports with leading dots, by the folder that these lead to. */
  readonly #relative = new Map<string, Map<string, Answer>>();
  /** Submodules and what is none, by folder and name. */
  readonly #inside = new Map<string, Map<string, Answer>>();
  /** Of each folder the nearest one that is no package, itself or above, until a file comes or goes. */
  readonly #outside = new Map<string, string>();
  /** Dotted names of files, until a file comes or goes. */
  readonly #names = new Map<string, string>();
  /** What imports have looked at, and what each of these has for a number. */
  readonly #places: string[] = [];
  readonly #numbers = new Map<string, number>();

  add(path: string): void {
    if (this.#files.has(path)) return;
    this.#files.add(path);
    if (isInit(path)) this.#packages.add(parentOf(path));
    this.#changed();
    this.#count(path, 1);
  }

  delete(path: string): void {
    if (!this.#files.delete(path)) return;
    if (isInit(path)) this.#packages.delete(parentOf(path));
    this.#changed();
    this.#count(path, -1);
  }

  #changed(): void {
    this.settle();
    this.#names.clear();
  }

  /** Forgets what was looked up: it can be had again. */
  settle(): void {
    this.#known.clear();
    this.#relative.clear();
    this.#inside.clear();
    this.#outside.clear();
  }

  #count(path: string, step: 1 | -1): void {
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      const count = (this.#folders.get(folder) ?? 0) + step;
      if (count > 0) this.#folders.set(folder, count);
      else this.#folders.delete(folder);
      if (folder === '') break;
    }
    if (step === 1) {
      const root = this.rootOf(path);
      const top = this.#topOf(path);
      const known = this.#roots.get(top);
      if (known) known.add(root);
      else this.#roots.set(top, new Set([root]));
    }
  }

  /** What imports that look for the module at `path` have seen: its file, its folder, or that nothing has its name. */
  answersTo(path: string): readonly string[] {
    const other = path.endsWith('/__init__.py') ? `${path.slice(0, -'/__init__.py'.length)}.py` : path.replace(/\.py$/, '/__init__.py');
    return [path, other, vain(this.#topOf(path))];
  }

  /** The name under which a file's package, or the file, is imported. */
  #topOf(path: string): string {
    const root = this.rootOf(path);
    return path.slice(root === '' ? 0 : root.length + 1).split('/', 1)[0]!.replace(/\.py$/, '');
  }

  isPackage(folder: string): boolean {
    return this.#packages.has(folder);
  }

  /** The folder above the outermost package that `path` lies in. */
  rootOf(path: string): string {
    let folder = parentOf(path);
    while (folder !== '' && this.isPackage(folder)) folder = parentOf(folder);
    return folder;
  }

  /** Dotted name of the module in a file: from the folder above its package, without a package from the workspace root. */
  nameOf(path: string): string {
    let known = this.#names.get(path);
    if (known === undefined) this.#names.set(path, (known = this.#nameOf(path)));
    return known;
  }

  #nameOf(path: string): string {
    const root = this.isPackage(parentOf(path)) ? this.rootOf(path) : /^(?:.*\/)?src(?=\/)/.exec(path)?.[0] ?? '';
    const name = path.slice(root === '' ? 0 : root.length + 1).replace(/\.py$/, '').replaceAll('/', '.');
    return name.replace(/(^|\.)__init__$/, '') || name;
  }

  /** The number of a path among all that imports look at; undefined where none has looked at it yet. */
  numberOf(path: string): number | undefined {
    return this.#numbers.get(path);
  }

  /** The path of a number. */
  pathOf(number: number): string {
    return this.#places[number]!;
  }

  #see(path: string, seen: Set<number>): void {
    let number = this.#numbers.get(path);
    if (number === undefined) this.#numbers.set(path, (number = this.#places.push(path) - 1));
    seen.add(number);
  }

  /** `seen`, where given, gets the number of every path whose coming or going would change the answer. */
  #at(folder: string, name: string, seen?: Set<number>): Module | undefined {
    const base = folder === '' ? name.replaceAll('.', '/') : name === '' ? folder : `${folder}/${name.replaceAll('.', '/')}`;
    const file = `${base}.py`;
    const init = `${base}/__init__.py`;
    if (seen) this.#see(init, seen);
    if (this.#files.has(init)) return { path: init, folder: base };
    if (seen) this.#see(file, seen);
    if (this.#files.has(file)) return { path: file, folder: base };
    return this.#folders.has(base) ? { folder: base } : undefined;
  }

  /** A submodule of a package or folder. */
  inside(module: Module, name: string, seen?: Set<number>): Module | undefined {
    if (module.path !== undefined && !isInit(module.path)) return undefined;
    return remember(this.#inside, module.folder, name, seen, (places) => this.#at(module.folder, name, places));
  }

  /** `module` as written in `from` with `level` leading dots; undefined when it is not in the workspace. */
  resolve(from: string, module: string, level: number, seen?: Set<number>): Module | undefined {
    let folder = parentOf(from);
    if (level > 0) {
      for (let up = 1; up < level; up++) folder = parentOf(folder);
      return remember(this.#relative, folder, module, seen, (places) => this.#at(folder, module, places) ?? (module === '' ? { folder } : undefined));
    }
    let kind = kinds.get(module);
    if (!kind) {
      if (kinds.size > 5000) kinds.clear();
      const top = topName(module);
      kinds.set(module, (kind = compiled.has(top) ? 'compiled' : libraries.has(top) ? 'known' : 'other'));
    }
    if (kind === 'compiled') return undefined;
    const known = kind === 'known';
    const start = known ? (this.isPackage(folder) || this.isPackage(parentOf(folder)) ? '' : folder) : this.#outsideOf(folder);
    return remember(this.#known, start, module, seen, (places) => this.#search(start, module, known, places));
  }

  /** The nearest folder that is no package, the folder itself or one above it. */
  #outsideOf(folder: string): string {
    let known = this.#outside.get(folder);
    if (known === undefined) {
      known = folder;
      while (known !== '' && this.isPackage(known)) known = parentOf(known);
      this.#outside.set(folder, known);
    }
    return known;
  }

  /** What an absolute import means to files whose search begins in a folder; a library we know is looked for there and at the top. */
  #search(start: string, module: string, known: boolean, seen: Set<number>): Module | undefined {
    for (let folder = start; ; folder = parentOf(folder)) {
      const eligible = known ? folder === '' || folder === start : !this.isPackage(folder) || folder === '';
      if (eligible) {
        const found = this.#at(folder, module, seen) ?? this.#at(folder === '' ? 'src' : `${folder}/src`, module, seen);
        // A bare folder is a namespace package only where nothing else claims the name.
        if (found && (found.path !== undefined || !known)) return found;
      }
      if (folder === '') break;
    }
    if (known) return undefined;
    const top = topName(module);
    this.#see(vain(top), seen);
    const roots = this.#roots.get(top);
    if (roots && roots.size <= 4) {
      for (const root of roots) {
        const found = this.#at(root, module, seen);
        if (found?.path !== undefined) return found;
      }
    }
    return undefined;
  }

  /** The numbers of the paths that a file's imports name, those that do not exist (yet) included. */
  importsOf(file: Facts): readonly number[] {
    const seen = new Set<number>();
    // Most names come from the same module as the one before.
    let last: { readonly module: string; readonly level: number } | undefined;
    let module: Module | undefined;
    const look = (bindings: readonly Binding[]): void => {
      for (const { value } of bindings) {
        if (value.kind !== 'import' && value.kind !== 'star-import') continue;
        if (last?.module !== value.module || last.level !== value.level) module = this.resolve(file.path, value.module, value.level, seen);
        last = value;
        if (module && value.kind === 'import' && value.member !== undefined) this.inside(module, value.member, seen);
      }
    };
    for (const { bindings } of file.scopes) bindings.forEach(look);
    const own = this.#numbers.get(file.path);
    if (own !== undefined) seen.delete(own);
    return [...seen];
  }
}

/** The answer to `name` from `folder`, looked for once; `seen` gets what it rests on. */
function remember(all: Map<string, Map<string, Answer>>, folder: string, name: string, seen: Set<number> | undefined, look: (places: Set<number>) => Module | undefined): Module | undefined {
  let answers = all.get(folder);
  if (!answers) all.set(folder, (answers = new Map()));
  let answer = answers.get(name);
  if (!answer) {
    const places = new Set<number>();
    answers.set(name, (answer = { module: look(places), seen: [...places] }));
  }
  if (seen) for (const place of answer.seen) seen.add(place);
  return answer.module;
}

function isInit(path: string): boolean {
  return path === '__init__.py' || path.endsWith('/__init__.py');
}

function topName(module: string): string {
  const dot = module.indexOf('.');
  return dot === -1 ? module : module.slice(0, dot);
}

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at === -1 ? '' : path.slice(0, at);
}

/** The mark of a search for a top-level name in the whole workspace. */
function vain(top: string): string {
  return `?${top}`;
}
