/** Patching that comes after imports which have bound what it replaces. */

import { insertPatch, movePatch } from '../fixes/patch.ts';
import { defineMessages, defineRule, type Finding, type Fix, type Level } from '../rule.ts';
import type { Facts } from '../facts.ts';
import { mentioning } from '../workspace/mentions.ts';
import { importRun, patchesOf, type Imported, type ImportRun, type Patch } from '../workspace/patching.ts';
import { startedPrograms, type StartedProgram } from '../workspace/started.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('monkey-patch-late', {
  late: 'This patches after `{module}` was imported, which keeps the unpatched TLS classes: HTTPS calls may fail with RecursionError. Make it the first statement of the program.',
  lateBound: 'This patches after `{module}` was imported: what it has bound stays unpatched, and may block every client. Make it the first statement of the program.',
  preloaded: 'This patches after `{module}` was imported, and with `preload_app` the {library} worker patches no earlier: what was bound by then stays unpatched, and HTTPS calls may fail with RecursionError. Make it the first statement of the program.',
  harmless: 'This does nothing under the {library} worker, which patches before it imports the application; started directly it comes too late for `{module}`. Make it the first statement.',
  importedHere: '`{module}` is imported here, before the patching',
  move: 'Move the patching to the first line',
  insert: 'Patch in the first lines of {file}',
});

export default defineRule({
  id: 'monkey-patch-late',
  summary: '`monkey.patch_all()` runs after imports that have already bound what it replaces.',
  level: 'warning',
  fix: 'safe',
  messages: message.texts,

  concerns: (file) => speaksOfPatching(file),

  *check(file, workspace) {
    for (const patch of patchesOf(file, workspace)) {
      const worst = contexts(file, patch, workspace).sort((a, b) => weight[b.level] - weight[a.level])[0];
      if (worst) yield finding(file, patch, worst);
    }
  },
});

const speaksOfPatching = mentioning(/patch_all|monkey_patch/);
const weight: Readonly<Record<Level, number>> = { error: 3, warning: 2, info: 1, hint: 0 };

/** One way to reach the patching, and what that means. */
interface Context {
  readonly level: Level;
  readonly says: 'late' | 'preloaded' | 'harmless';
  readonly before: readonly Imported[];
  readonly entry: Facts;
}

function contexts(file: Facts, patch: Patch, workspace: Workspace): Context[] {
  const programs = startedPrograms(workspace);
  const found: Context[] = [];
  let reached = false;
  for (const program of programs) {
    if (program.config === file || program.run?.files.includes(file)) reached = true;
    // Where Gunicorn imports the same file, its own server stays for development.
    if (program.launch.call && programs.some(({ kind, library, entry }) => kind === 'worker' && library && entry === program.entry)) continue;
    const context = program.config === file ? inConfig(program, patch) : inProgram(program, patch);
    if (context) found.push(context);
  }
  if (reached) return found;
  return alone(file, patch, programs, workspace);
}

/** Gunicorn's configuration file patches, but not first. */
function inConfig({ config, configRun, library }: StartedProgram, patch: Patch): Context | undefined {
  if (!library || !isFirst(configRun, patch) || !hasTls(configRun!.before)) return undefined;
  return { level: 'warning', says: 'late', before: configRun!.before, entry: config! };
}

function inProgram({ launch, kind, library, preload, patchesAfterFork, configRun, entry, run }: StartedProgram, patch: Patch): Context | undefined {
  if (!entry || !isFirst(run, patch) || run!.before.length === 0 || configRun?.patch || launch.patchedBefore) return undefined;
  const { before } = run!;
  const context = { before, entry };
  if (kind === 'worker' && library) {
    if (preload !== true || !patchesAfterFork) return { ...context, level: 'hint', says: 'harmless' };
    return { ...context, level: hasTls(before) ? 'error' : 'warning', says: 'preloaded' };
  }
  if (kind !== 'script') return undefined;
  // A script that serves nobody is told only where it patches itself.
  return library || patch.path === entry.path ? { ...context, level: 'warning', says: 'late' } : undefined;
}

/** Nothing says how the file is started: it speaks for itself only where a TLS client was imported before. */
function alone(file: Facts, patch: Patch, programs: readonly StartedProgram[], workspace: Workspace): Context[] {
  const run = importRun(file, workspace, true);
  if (!isFirst(run, patch) || !hasTls(run.before)) return [];
  if (programs.some((program) => program.library && program.kind === 'worker' && !program.entry)) return [{ level: 'hint', says: 'harmless', before: run.before, entry: file }];
  for (const path of workspace.paths) {
    const other = workspace.file(path);
    if (other && other !== file && speaksOfPatching(other) && patchesOf(other, workspace).length > 0) return [];
  }
  return [{ level: 'warning', says: 'late', before: run.before, entry: file }];
}

function finding(file: Facts, patch: Patch, { level, says, before, entry }: Context): Finding {
  const first = before.find((one) => one.kind === 'tls') ?? before[0]!;
  return {
    range: patch.call.calleeRange,
    level,
    message: message[says === 'late' && first.kind !== 'tls' ? 'lateBound' : says]({ module: first.module, library: patch.library }),
    notes: [{ path: first.path, range: first.range, message: message.importedHere({ module: first.module }) }],
    fixes: () => fixes(file, patch, entry),
  };
}

// ── Fixes ──

function fixes(file: Facts, patch: Patch, entry: Facts): readonly Fix[] {
  if (entry !== file) return [{ title: message.insert({ file: `\`${entry.path}\`` }), safe: true, edits: [{ ...insertPatch(entry, patch.library), path: entry.path }] }];
  const edits = movePatch(file, patch);
  return edits ? [{ title: message.move(), safe: true, edits }] : [];
}

// ── Helpers ──

function isFirst(run: ImportRun | undefined, patch: Patch): boolean {
  return run?.patch?.path === patch.path && run.patch.call.index === patch.call.index;
}

function hasTls(before: readonly Imported[]): boolean {
  return before.some((one) => one.kind === 'tls');
}
