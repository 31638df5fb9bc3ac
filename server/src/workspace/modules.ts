/** Which file a module name means, seen from another file. */

import type { Facts } from '../facts.ts';
import { blocking, returns } from '../knowledge/index.ts';

/** Top-level names of libraries we know: a sibling file of the same name does not shadow them inside a package. */
const libraries: ReadonlySet<string> = new Set([...blocking.keys(), ...returns.keys()].map((name) => name.split('.', 1)[0]!));

/** Compiled into Python: no file ever shadows them. */
const compiled: ReadonlySet<string> = new Set(['builtins', 'gc', 'itertools', 'math', 'posix', 'sys', 'time', '_thread']);

/** A module in the workspace: a file, or a folder without `__init__.py`. */
export interface Module {
  readonly path?: string;
  readonly folder: string;
}

export class Modules {
  readonly #files = new Set<string>();
  readonly #folders = new Map<string, number>();
  /** Folders that hold a top-level package or module of a name. */
  readonly #roots = new Map<string, Set<string>>();
  /** Answers by folder, then by what is imported there, until a file comes or goes. */
  readonly #known = new Map<string, Map<string, { readonly module: Module | undefined; readonly seen: readonly string[] }>>();

  add(path: string): void {
    if (this.#files.has(path)) return;
    this.#files.add(path);
    this.#known.clear();
    this.#count(path, 1);
  }

  delete(path: string): void {
    if (!this.#files.delete(path)) return;
    this.#known.clear();
    this.#count(path, -1);
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
    return this.#files.has(folder === '' ? '__init__.py' : `${folder}/__init__.py`);
  }

  /** The folder above the outermost package that `path` lies in. */
  rootOf(path: string): string {
    let folder = parentOf(path);
    while (folder !== '' && this.isPackage(folder)) folder = parentOf(folder);
    return folder;
  }

  /** Dotted name of the module in a file: from the folder above its package, without a package from the workspace root. */
  nameOf(path: string): string {
    const root = this.isPackage(parentOf(path)) ? this.rootOf(path) : /^(?:.*\/)?src(?=\/)/.exec(path)?.[0] ?? '';
    const name = path.slice(root === '' ? 0 : root.length + 1).replace(/\.py$/, '').replaceAll('/', '.');
    return name.replace(/(^|\.)__init__$/, '') || name;
  }

  /** `seen`, where given, gets every path whose coming or going would change the answer. */
  #at(folder: string, name: string, seen?: Set<string>): Module | undefined {
    const base = folder === '' ? name.replaceAll('.', '/') : name === '' ? folder : `${folder}/${name.replaceAll('.', '/')}`;
    const file = `${base}.py`;
    const init = `${base}/__init__.py`;
    seen?.add(init);
    if (this.#files.has(init)) return { path: init, folder: base };
    seen?.add(file);
    if (this.#files.has(file)) return { path: file, folder: base };
    return this.#folders.has(base) ? { folder: base } : undefined;
  }

  /** A submodule of a package or folder. */
  inside(module: Module, name: string, seen?: Set<string>): Module | undefined {
    return module.path === undefined || module.path.endsWith('/__init__.py') || module.path === '__init__.py' ? this.#at(module.folder, name, seen) : undefined;
  }

  /** `module` as written in `from` with `level` leading dots; undefined when it is not in the workspace. */
  resolve(from: string, module: string, level: number, seen?: Set<string>): Module | undefined {
    const folder = parentOf(from);
    let answers = this.#known.get(folder);
    if (!answers) this.#known.set(folder, (answers = new Map()));
    const question = level === 0 ? module : '.'.repeat(level) + module;
    let answer = answers.get(question);
    if (!answer) {
      const paths = new Set<string>();
      answers.set(question, (answer = { module: this.#resolve(folder, module, level, paths), seen: [...paths] }));
    }
    if (seen) for (const path of answer.seen) seen.add(path);
    return answer.module;
  }

  #resolve(own: string, module: string, level: number, seen: Set<string>): Module | undefined {
    if (level > 0) {
      let folder = own;
      for (let up = 1; up < level; up++) folder = parentOf(folder);
      return module === '' ? (this.#at(folder, '', seen) ?? { folder }) : this.#at(folder, module, seen);
    }
    const top = module.split('.', 1)[0]!;
    if (compiled.has(top)) return undefined;
    const known = libraries.has(top);
    for (let folder = own; ; folder = parentOf(folder)) {
      const eligible = known ? folder === '' || (folder === own && !this.isPackage(folder) && !this.isPackage(parentOf(folder))) : !this.isPackage(folder) || folder === '';
      if (eligible) {
        const found = this.#at(folder, module, seen) ?? this.#at(folder === '' ? 'src' : `${folder}/src`, module, seen);
        // A bare folder is a namespace package only where nothing else claims the name.
        if (found && (found.path !== undefined || !known)) return found;
      }
      if (folder === '') break;
    }
    if (known) return undefined;
    seen.add(vain(top));
    const roots = this.#roots.get(top);
    if (roots && roots.size <= 4) {
      for (const root of roots) {
        const found = this.#at(root, module, seen);
        if (found?.path !== undefined) return found;
      }
    }
    return undefined;
  }

  /** Paths that a file's imports name, those that do not exist (yet) included. */
  importsOf(file: Facts): ReadonlySet<string> {
    const seen = new Set<string>();
    for (const scope of file.scopes) {
      for (const bindings of scope.bindings.values()) {
        for (const { value } of bindings) {
          if (value.kind !== 'import' && value.kind !== 'star-import') continue;
          const module = this.resolve(file.path, value.module, value.level, seen);
          if (module && value.kind === 'import' && value.member !== undefined) this.inside(module, value.member, seen);
        }
      }
    }
    seen.delete(file.path);
    return seen;
  }
}

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at === -1 ? '' : path.slice(0, at);
}

/** The mark of a search for a top-level name in the whole workspace. */
function vain(top: string): string {
  return `?${top}`;
}
