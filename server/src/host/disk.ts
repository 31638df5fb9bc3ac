/** Files on disk: which ones are worth reading, and what they say. */

import { closeSync, lstatSync, openSync, readFileSync, readSync, readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { pathMatcher } from '../globs.ts';
import { defineMessages, type Message } from '../rule.ts';
import { decode } from './encoding.ts';

export interface DiskSettings {
  /** Globs of files and folders not to read, relative to the root, beside `.gitignore`. */
  readonly exclude: readonly string[];
  readonly useGitignore: boolean;
  /** No more files than this are listed. */
  readonly maximumFiles: number;
}

export const defaultDiskSettings: DiskSettings = { exclude: [], useGitignore: true, maximumFiles: Infinity };

/** Largest file read, in bytes. */
export const defaultLimit = 1024 * 1024;

/** Lock files are written by programs, and tell the versions of packages: they may be larger. */
const lockFileLimit = 16 * 1024 * 1024;

/** Longest line of a file that people write, in UTF-16 code units. */
const longestLine = 20_000;

/** A file or folder that cannot be checked. */
export interface Unread {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly reason: Message;
}

export interface Source {
  readonly path: string;
  /** Without byte order mark. */
  readonly text: string;
}

export interface Listing {
  /** Relative to the root, with `/`; sorted. */
  readonly paths: readonly string[];
  readonly unread: readonly Unread[];
  /** There are more files than `maximumFiles`. */
  readonly cut: boolean;
}

export const messages = defineMessages('disk', {
  binary: 'binary',
  encoding: 'not UTF-8',
  declared: 'not valid {encoding}, which its first lines declare',
  unknown: 'its encoding `{encoding}` is not known',
  large: 'larger than {size}',
  line: 'a line is longer than {count} characters',
  permission: 'no permission',
  directory: 'a folder, not a file',
  dangling: 'a symbolic link to nothing',
  loop: 'a symbolic link to itself',
  special: 'not a regular file',
  missing: 'no such file',
  changing: 'it changes while it is checked',
  system: 'cannot be read ({code})',
});

// ───────────────────────── Which files ─────────────────────────

const names: readonly RegExp[] = [
  /\.py$/,
  /\.(?:ba|z|k)?sh$/,
  /^(?:Dockerfile|Containerfile)(?:[.A-Z_-].*)?$/,
  /\.(?:Dockerfile|Containerfile)$/i,
  /\.ya?ml$/i,
  /^Procfile(?:\..*)?$/,
  /\.service$/,
  /supervisor.*\.(?:conf|ini)$/i,
  /^(?:GNUm|m|M)akefile(?:\.[\w-]+)?$/,
  /\.mk$/,
  /^(?:pyproject|\.?unblock)\.toml$/,
  /^requirements.*\.(?:txt|in)$/i,
  /^(?:setup\.cfg|Pipfile(?:\.lock)?|poetry\.lock|uv\.lock|pdm\.lock)$/,
  /^postgresql\.conf$/,
];

/** Files whose folder tells what they are. */
const places: readonly RegExp[] = [/(?:^|\/)requirements\/[^/]+\.(?:txt|in)$/, /(?:^|\/)(?:supervisord?(?:\/[^/]+)*|(?:conf|supervisord?)\.d)\/[^/]+\.(?:conf|ini)$/];

/** Folders in which scripts lie, and names that entrypoints have. */
const scriptPlaces = /(?:^|\/)(?:s?bin|scripts?|docker|containers?|compose|deploy(?:ment)?|entrypoints?|init|rootfs|s6[^/]*|services?)\/(?:.*\/)?[^/]+$|(?:^|\/)[^/]*(?:entrypoint|start|run|launch|boot|serve|worker|gunicorn|uvicorn|celery)[^/]*$/i;

/** Whether the name alone says that the file is worth reading. `file` is a path with `/`. */
export function isWanted(file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return names.some((pattern) => pattern.test(name)) || places.some((pattern) => pattern.test(file));
}

/** Folders that hold other people's code or a program's leavings. */
const skippedFolders = new Set([
  '.git', '.hg', '.svn', 'node_modules', 'site-packages', 'dist-packages', '__pycache__', '__pypackages__', '.venv', '.direnv', '.pixi',
  '.tox', '.nox', '.eggs', '.cache', '.npm', '.yarn', '.pnpm-store', '.hypothesis', '.ipynb_checkpoints', '.terraform', '.gradle', '.idea', '.vscode-test',
]);

function isSkippedFolder(name: string): boolean {
  return skippedFolders.has(name) || name.endsWith('.egg-info') || (name.startsWith('.') && name.endsWith('_cache'));
}

/** Files that only an environment of packages has. */
const environmentMarks = new Set(['pyvenv.cfg', 'conda-meta']);

/**
 * Files under `root` that are worth reading, without what `.gitignore` files, `settings.exclude` and common sense leave
 * out. Links to folders are not followed; a link to a listed file is left out. Never throws: what cannot be read is told.
 */
export function list(root: string, settings: DiskSettings = defaultDiskSettings): Listing {
  return new Walk(root, settings).listing();
}

interface GitIgnore {
  /** Path of its folder relative to the root, with a `/` at the end; `''` for the root and above. */
  readonly folder: string;
  /** For a folder above the root: from there to the root, with a `/` at the end. */
  readonly above: string;
  readonly rules: Ignore;
}

class Walk {
  #root: string;
  #settings: DiskSettings;
  #excluded: (path: string) => boolean;
  #paths: string[] = [];
  #unread: Unread[] = [];
  #links: { readonly path: string; readonly target: string }[] = [];
  #cut = false;

  constructor(root: string, settings: DiskSettings) {
    this.#root = root;
    this.#settings = settings;
    this.#excluded = pathMatcher(settings.exclude);
  }

  listing(): Listing {
    this.#folder('', this.#settings.useGitignore ? ignoresAbove(this.#root) : []);
    this.#addLinks();
    return { paths: this.#paths.sort(), unread: this.#unread.sort((a, b) => (a.path < b.path ? -1 : 1)), cut: this.#cut };
  }

  #folder(folder: string, outer: readonly GitIgnore[]): void {
    let entries: Dirent[];
    try {
      entries = readdirSync(path.join(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      this.#cannot(folder === '' ? '.' : folder.slice(0, -1), error);
      return;
    }
    if (folder !== '' && entries.some((entry) => environmentMarks.has(entry.name))) return;
    const gitignores = this.#settings.useGitignore && entries.some((entry) => entry.name === '.gitignore') ? [...outer, ...readGitignore(path.join(this.#root, folder), '.gitignore', folder, '')] : outer;
    for (const entry of entries) {
      if (this.#paths.length >= this.#settings.maximumFiles) {
        this.#cut = true;
        return;
      }
      this.#entry(folder, entry, gitignores);
    }
  }

  #entry(folder: string, entry: Dirent, gitignores: readonly GitIgnore[]): void {
    const file = folder + entry.name;
    if (entry.isDirectory()) {
      if (isSkippedFolder(entry.name) || isIgnored(`${file}/`, gitignores) || this.#excluded(file)) return;
      this.#folder(`${file}/`, gitignores);
      return;
    }
    const wanted = isWanted(file);
    if (!wanted && entry.name.includes('.')) return;
    if (isIgnored(file, gitignores) || this.#excluded(file)) return;
    if (entry.isSymbolicLink()) {
      this.#link(file, wanted);
    } else if (entry.isFile()) {
      if (wanted || this.#isScript(file)) this.#paths.push(file);
    } else if (wanted) {
      this.#unread.push({ path: file, reason: messages.special() });
    }
  }

  #link(file: string, wanted: boolean): void {
    try {
      const target = realpathSync(path.join(this.#root, file));
      if (statSync(target).isFile() && (wanted || this.#isScript(file))) this.#links.push({ path: file, target });
    } catch (error) {
      if (wanted) this.#cannot(file, error);
    }
  }

  /** A file that can be reached in two ways is listed once. */
  #addLinks(): void {
    if (this.#links.length === 0) return;
    const root = realpathSync(this.#root);
    const seen = new Set(this.#paths.map((file) => path.join(root, file)));
    for (const link of this.#links) {
      if (seen.has(link.target)) continue;
      seen.add(link.target);
      this.#paths.push(link.path);
    }
  }

  /** A program without file extension whose first line names a shell or Python. Reads only files that may be executed, and those where or named as scripts are. */
  #isScript(file: string): boolean {
    if (file.slice(file.lastIndexOf('/') + 1).includes('.')) return false;
    const full = path.join(this.#root, file);
    try {
      const { mode, size } = statSync(full);
      // `COPY --chmod` and archives from Windows make a program of what is not marked as one.
      return ((mode & 0o111) !== 0 || scriptPlaces.test(file)) && size <= defaultLimit && hasShebang(full);
    } catch {
      return false;
    }
  }

  #cannot(file: string, error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code;
    this.#unread.push({ path: file, reason: code === 'ENOENT' ? messages.dangling() : systemReason(error) });
  }
}

function hasShebang(file: string): boolean {
  const start = Buffer.alloc(128);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, start);
  } finally {
    closeSync(handle);
  }
  return /^#!.*\b(?:(?:ba|da|k|z)?sh|python[0-9.]*)\b/.test(start.toString('latin1').split('\n', 1)[0]!);
}

function isIgnored(file: string, gitignores: readonly GitIgnore[]): boolean {
  for (let i = gitignores.length - 1; i >= 0; i--) {
    const { folder, above, rules } = gitignores[i]!;
    const result = rules.test(above + file.slice(folder.length));
    if (result.ignored) return true;
    if (result.unignored) return false;
  }
  return false;
}

function readGitignore(folder: string, name: string, relative: string, above: string): GitIgnore[] {
  try {
    return [{ folder: relative, above, rules: ignore({ allowRelativePaths: false }).add(readFileSync(path.join(folder, name), 'utf8')) }];
  } catch {
    return [];
  }
}

/** The `.gitignore` files between the repository's top folder and the root. None that would hide the root itself: it was asked for. */
function ignoresAbove(root: string): GitIgnore[] {
  const found: GitIgnore[] = [];
  let above = '';
  for (let folder = root; ; folder = path.dirname(folder)) {
    const top = exists(path.join(folder, '.git'));
    if (folder !== root) found.unshift(...readGitignore(folder, '.gitignore', '', above));
    if (top) return [...readGitignore(path.join(folder, '.git/info'), 'exclude', '', above), ...found].filter((one) => one.above === '' || !one.rules.ignores(one.above));
    if (folder === path.dirname(folder)) return [];
    above = `${path.basename(folder)}/${above}`;
  }
}

function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

// ───────────────────────── What they say ─────────────────────────

/**
 * What the file at `file` (relative to `root`, with `/`) says, or why it cannot be checked; undefined when it is gone.
 * `limit` is the largest size in bytes. Never throws.
 */
export function read(root: string, file: string, limit = defaultLimit): Source | Unread | undefined {
  const full = path.join(root, file);
  let bytes: Buffer;
  try {
    const stat = statSync(full);
    if (stat.isDirectory()) return { path: file, reason: messages.directory() };
    if (!stat.isFile()) return { path: file, reason: messages.special() };
    const allowed = file.endsWith('.lock') ? Math.max(limit, lockFileLimit) : limit;
    if (stat.size > allowed) return { path: file, reason: messages.large({ size: inWords(allowed) }) };
    bytes = readFileSync(full);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : { path: file, reason: systemReason(error) };
  }
  return decoded(file, bytes);
}

function decoded(file: string, bytes: Buffer): Source | Unread {
  const source = decode(bytes, isPython(file, bytes));
  if ('text' in source) {
    if (source.text.includes('\0')) return { path: file, reason: messages.binary() };
    const tooLong = !file.endsWith('.lock') && hasLongLine(source.text);
    return tooLong ? { path: file, reason: messages.line({ count: longestLine.toLocaleString('en-US') }) } : { path: file, text: source.text };
  }
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe || bytes[0] === 0xfe && bytes[1] === 0xff;
  if (!utf16 && bytes.includes(0)) return { path: file, reason: messages.binary() };
  const { encoding } = source;
  if (encoding === undefined) return { path: file, reason: messages.encoding() };
  return { path: file, reason: source.known ? messages.declared({ encoding }) : messages.unknown({ encoding }) };
}

/** Python alone declares its encoding in the file. */
export function isPython(file: string, bytes: Buffer): boolean {
  return file.endsWith('.py') || /^#!.*\bpython/.test(bytes.subarray(0, 128).toString('latin1'));
}

function hasLongLine(text: string): boolean {
  for (let start = 0; start + longestLine < text.length; ) {
    const end = text.lastIndexOf('\n', start + longestLine);
    if (end < start) return true;
    start = end + 1;
  }
  return false;
}

function inWords(bytes: number): string {
  return bytes % (1024 * 1024) === 0 ? `${bytes / 1024 / 1024} MB` : `${Math.round(bytes / 1024)} KB`;
}

/** Why the system would not let us, in plain words. */
export function systemReason(error: unknown): Message {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  if (code === 'EACCES' || code === 'EPERM') return messages.permission();
  if (code === 'ELOOP') return messages.loop();
  if (code === 'ENOENT') return messages.missing();
  if (code === 'EISDIR') return messages.directory();
  return messages.system({ code });
}
