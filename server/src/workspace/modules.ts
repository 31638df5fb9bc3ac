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
  /** Of a folder without `__init__.py`: the package or module of that name elsewhere, which is meant by all that the folder has not. */
  readonly regular?: Module;
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
  /** Folders that hold a top-level package or module of a name, until a package comes or goes. */
  #roots: Map<string, Map<string, number>> | undefined;
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
    this.#changed(path);
    this.#count(path, 1);
  }

  delete(path: string): void {
    if (!this.#files.delete(path)) return;
    if (isInit(path)) this.#packages.delete(parentOf(path));
    this.#changed(path);
    this.#count(path, -1);
  }

  #changed(path: string): void {
    if (isInit(path)) this.#roots = undefined;
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
    if (this.#roots) this.#countRoot(this.#roots, path, step);
  }

  #countRoot(roots: Map<string, Map<string, number>>, path: string, step: 1 | -1): void {
    const root = this.rootOf(path);
    const top = this.#topOf(path);
    let known = roots.get(top);
    if (!known) roots.set(top, (known = new Map()));
    const count = (known.get(root) ?? 0) + step;
    if (count > 0) known.set(root, count);
    else known.delete(root);
  }

  /** Folders that hold a top-level package or module of a name, in one order whichever came first. */
  #rootsOf(top: string): readonly string[] {
    if (!this.#roots) {
      this.#roots = new Map();
      for (const path of this.#files) this.#countRoot(this.#roots, path, 1);
    }
    const roots = this.#roots.get(top);
    return roots && roots.size <= 4 ? [...roots.keys()].sort() : [];
  }

  /** Whether a folder has come with a file, or has gone with it. */
  #isAlone(path: string): boolean {
    return (this.#folders.get(parentOf(path)) ?? 0) <= (this.#files.has(path) ? 1 : 0);
  }

  /** Whether a file that comes or goes makes other files parts of a package, or of none: then their imports begin elsewhere, and they have other names. */
  regroups(path: string): boolean {
    return isInit(path) && !this.#isAlone(path);
  }

  /** What imports that look for the module at `path` have seen: its file, its folder, or that nothing has its name. */
  answersTo(path: string): readonly string[] {
    const other = path.endsWith('/__init__.py') ? `${path.slice(0, -'/__init__.py'.length)}.py` : path.replace(/\.py$/, '/__init__.py');
    const folders = this.#isAlone(path) ? parentOf(path).split('/').map(inFolders) : [];
    return [path, other, vain(this.#topOf(path)), ...folders];
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
    // As Python has it, a package or module found later wins over a folder without `__init__.py`.
    let bare: Module | undefined;
    const top = topName(module);
    if (!known) this.#see(inFolders(top), seen);
    for (let folder = start; ; folder = parentOf(folder)) {
      const eligible = known ? folder === '' || folder === start : !this.isPackage(folder) || folder === '';
      if (eligible) {
        for (const root of [folder, folder === '' ? 'src' : `${folder}/src`]) {
          const found = this.#at(root, module, seen);
          if (found?.path !== undefined) return bare ? { ...bare, regular: found } : found;
          bare ??= found;
        }
      }
      if (folder === '') break;
    }
    // A bare folder is a namespace package only where nothing else claims the name.
    if (known) return undefined;
    this.#see(vain(top), seen);
    for (const root of this.#rootsOf(top)) {
      const found = this.#at(root, module, seen);
      if (found?.path !== undefined) return bare ? { ...bare, regular: found } : found;
    }
    return bare;
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
        if (!module || value.kind !== 'import' || value.member === undefined) continue;
        this.inside(module, value.member, seen);
        if (module.regular) this.inside(module.regular, value.member, seen);
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

/** The mark of a search for a name that folders without `__init__.py` may have. */
function inFolders(top: string): string {
  return `${top}/`;
}
