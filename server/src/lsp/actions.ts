/** What an editor can do about findings. */

import { CodeActionKind, type CodeAction, type CodeActionParams, type Diagnostic, type Position, type WorkspaceEdit } from 'vscode-languageserver';
import { teach } from '../config-edit.ts';
import type { Diagnostic as Finding } from '../engine.ts';
import { emptyFacts } from '../facts.ts';
import { combine, type FileEdit } from '../fixes/combine.ts';
import { commands } from '../host/requests.ts';
import { render, type Locale } from '../messages/index.ts';
import type { Edit, Fix, Message } from '../rule.ts';
import type { Abilities } from './abilities.ts';
import { documentOf, linesOf, offsetsOf } from './convert.ts';
import { ignoreHere, ignoreInFile } from './ignoring.ts';
import type { Place, Session } from './session.ts';
import { messages } from './messages.ts';

export const fixAllKind = `${CodeActionKind.SourceFixAll}.unblock`;
const ignoreKind = `${CodeActionKind.QuickFix}.unblock.ignore`;
const modelsKind = `${CodeActionKind.QuickFix}.unblock.models`;

/** What an action does, so that it can be worked out when it is chosen, from the text as it then is. */
type Deed =
  | { readonly kind: 'fix'; readonly uri: string; readonly finding: Sought; readonly title: string }
  | { readonly kind: 'ignoreLine'; readonly uri: string; readonly finding: Sought }
  | { readonly kind: 'ignoreFile'; readonly uri: string; readonly finding: Sought }
  | { readonly kind: 'nonblocking'; readonly uri: string; readonly finding: Sought; readonly name: string }
  | { readonly kind: 'fix-rule'; readonly uri: string; readonly rule: string }
  | { readonly kind: 'fix-all'; readonly uri: string };

/** How a finding is known again after an edit. */
interface Sought {
  readonly rule: string;
  readonly message: string;
  readonly start: Position;
  readonly version: number;
}

export class Actions {
  readonly #session: Session;
  readonly #abilities: Abilities;

  constructor(session: Session, abilities: Abilities) {
    this.#session = session;
    this.#abilities = abilities;
  }

  /** Actions for a span of a document, best first. */
  list({ textDocument: { uri }, range, context }: CodeActionParams): CodeAction[] {
    const place = this.#session.place(uri);
    const facts = place?.folder.facts(place.path);
    if (!place || !facts) return [];
    const wants = (kind: string): boolean => !context.only || context.only.some((only) => only === '' || kind === only || kind.startsWith(`${only}.`));
    const all = place.folder.findings(place.path);
    const actions: CodeAction[] = [];
    if ([CodeActionKind.QuickFix, ignoreKind, modelsKind].some(wants)) {
      const { start, end } = offsetsOf(documentOf(facts), range);
      const here = all.filter((finding) => finding.range.start <= end && start <= finding.range.end);
      if (wants(CodeActionKind.QuickFix)) actions.push(...here.flatMap((finding) => this.#fixes(uri, place, finding, context.diagnostics)));
      if (wants(CodeActionKind.QuickFix)) actions.push(...unique(here).flatMap((finding) => this.#fixRule(uri, finding, all)));
      if (wants(ignoreKind)) actions.push(...unique(here).flatMap((finding) => this.#ignores(uri, place, finding, context.diagnostics)));
      if (wants(modelsKind)) actions.push(...unique(here).flatMap((finding) => this.#nonblocking(uri, place, finding, context.diagnostics)));
      if (wants(CodeActionKind.QuickFix)) actions.push(...unique(here).map((finding) => this.#explain(place, finding, context.diagnostics)));
    }
    // An editor asks without `only` for the light bulb: source actions have their own menu.
    if (context.only && wants(fixAllKind) && safeFixes(all).length > 0) {
      actions.push({ title: this.#text(messages.fixAll()), kind: fixAllKind, ...this.#lazy({ kind: 'fix-all', uri }) });
    }
    return actions;
  }

  /** The action with its edit; without one when what it was about is gone. */
  resolve(action: CodeAction): CodeAction {
    const edit = action.edit ?? (action.data ? this.#edit(action.data as Deed) : undefined);
    return edit ? { ...action, edit } : action;
  }

  get #locale(): Locale {
    return this.#session.shape.locale;
  }

  #text(message: Message): string {
    return render(message, this.#locale);
  }

  #fixes(uri: string, place: Place, finding: Finding, diagnostics: readonly Diagnostic[]): CodeAction[] {
    return (finding.fixes?.() ?? []).map((fix, index) => ({
      title: this.#title(fix),
      kind: CodeActionKind.QuickFix,
      diagnostics: this.#diagnostics(place, finding, diagnostics),
      ...(this.#abilities.preferredActions && fix.safe && index === 0 ? { isPreferred: true } : {}),
      ...this.#lazy({ kind: 'fix', uri, finding: this.#sought(place, finding), title: this.#text(fix.title) }),
    }));
  }

  #title(fix: Fix): string {
    const title = this.#text(fix.title);
    return fix.safe ? title : this.#text(messages.unsafe({ title }));
  }

  #fixRule(uri: string, { rule }: Finding, all: readonly Finding[]): CodeAction[] {
    const fixes = firstFixes(all, rule);
    if (fixes.length < 2) return [];
    const title = this.#text(messages.fixRule({ rule }));
    return [{
      title: fixes.every(({ fix }) => fix.safe) ? title : this.#text(messages.unsafe({ title })),
      kind: CodeActionKind.QuickFix,
      ...this.#lazy({ kind: 'fix-rule', uri, rule }),
    }];
  }

  #ignores(uri: string, place: Place, finding: Finding, diagnostics: readonly Diagnostic[]): CodeAction[] {
    if (place.path.endsWith('.toml')) return [];
    return (['ignoreLine', 'ignoreFile'] as const).map((kind) => ({
      title: this.#text(messages[kind]({ rule: finding.rule })),
      kind: ignoreKind,
      diagnostics: this.#diagnostics(place, finding, diagnostics),
      ...this.#lazy({ kind, uri, finding: this.#sought(place, finding) }),
    }));
  }

  /** For each step of a chain: that what is called there does not block, whatever we think. */
  #nonblocking(uri: string, place: Place, finding: Finding, diagnostics: readonly Diagnostic[]): CodeAction[] {
    const names = new Set((finding.notes ?? []).flatMap(({ model }) => (model === undefined ? [] : [model])));
    return [...names].filter((name) => this.#teaching(place, name)).map((name) => ({
      title: this.#text(messages.nonblocking({ name })),
      kind: modelsKind,
      diagnostics: this.#diagnostics(place, finding, diagnostics),
      ...this.#lazy({ kind: 'nonblocking', uri, finding: this.#sought(place, finding), name }),
    }));
  }

  #explain(place: Place, finding: Finding, diagnostics: readonly Diagnostic[]): CodeAction {
    const title = this.#text(messages.explain({ rule: finding.rule }));
    return {
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: this.#diagnostics(place, finding, diagnostics),
      command: { title, command: commands.explain, arguments: [finding.rule] },
    };
  }

  /** The client's own diagnostics of a finding: an action must name them as they were sent. */
  #diagnostics(place: Place, finding: Finding, diagnostics: readonly Diagnostic[]): Diagnostic[] {
    const { start } = linesOf(documentOf(place.folder.facts(place.path)!), finding.range);
    return diagnostics.filter(({ code, range }) => code === finding.rule && range.start.line === start.line && range.start.character === start.character);
  }

  #sought(place: Place, finding: Finding): Sought {
    const { start } = linesOf(documentOf(place.folder.facts(place.path)!), finding.range);
    return { rule: finding.rule, message: this.#text(finding.message), start, version: place.folder.document(place.path)?.version ?? 0 };
  }

  #lazy(deed: Deed): Pick<CodeAction, 'data' | 'edit'> {
    if (this.#abilities.resolvesEdits) return { data: deed };
    const edit = this.#edit(deed);
    return edit ? { edit } : {};
  }

  #edit(deed: Deed): WorkspaceEdit | undefined {
    const place = this.#session.place(deed.uri);
    if (!place) return undefined;
    const all = place.folder.findings(place.path);
    if (deed.kind === 'fix-all') return this.#workspaceEdit(place, combine(safeFixes(all).map(({ edits }) => edits)));
    if (deed.kind === 'fix-rule') return this.#workspaceEdit(place, combine(firstFixes(all, deed.rule).map(({ edits }) => edits)));
    const finding = this.#find(place, all, deed.finding);
    const facts = place.folder.facts(place.path);
    if (!finding || !facts) return undefined;
    if (deed.kind === 'ignoreLine') return this.#workspaceEdit(place, ofFile(finding.path, [ignoreHere(facts, finding)]));
    if (deed.kind === 'ignoreFile') return this.#workspaceEdit(place, ofFile(finding.path, [ignoreInFile(facts, finding)]));
    if (deed.kind === 'nonblocking') return this.#teaching(place, deed.name);
    const fix = finding.fixes?.().find(({ title }) => this.#text(title) === deed.title);
    return fix && this.#workspaceEdit(place, ofFile(finding.path, fix.edits));
  }

  /** The same finding in the text of now: exactly there if nothing was edited, else the nearest that says the same. */
  #find(place: Place, all: readonly Finding[], sought: Sought): Finding | undefined {
    const same = all.filter((finding) => finding.rule === sought.rule && this.#text(finding.message) === sought.message);
    const distance = (finding: Finding): number => {
      const { start } = this.#sought(place, finding);
      return Math.abs(start.line - sought.start.line) * 10_000 + Math.abs(start.character - sought.start.character);
    };
    const nearest = same.map((finding) => ({ finding, distance: distance(finding) })).sort((one, other) => one.distance - other.distance)[0];
    const edited = (place.folder.document(place.path)?.version ?? 0) !== sought.version;
    return nearest && (edited || nearest.distance === 0) ? nearest.finding : undefined;
  }

  /** The line in the project's config: shown before it is written, where the client can. Undefined where it cannot be written. */
  #teaching({ folder, path }: Place, name: string): WorkspaceEdit | undefined {
    const config = folder.configPath(path);
    if (config === undefined) return undefined;
    const facts = folder.facts(config);
    if (!facts && !this.#abilities.createdFiles) return undefined;
    const added = teach(config, facts?.text ?? '', 'nonblocking', name);
    if (!added) return undefined;
    const uri = folder.address(config);
    const document = documentOf(facts ?? emptyFacts(config, 'config', ''));
    const edits = added.map(({ range, text }) => ({ range: linesOf(document, range), newText: withLineBreaksOf(document.getText(), text) }));
    if (!this.#abilities.versionedEdits) return { changes: { [uri]: edits } };
    const annotationId = 'nonblocking';
    const annotated = this.#abilities.previewedEdits ? { annotationId } : {};
    return {
      documentChanges: [
        ...(facts ? [] : [{ kind: 'create' as const, uri, ...annotated }]),
        { textDocument: { uri, version: folder.document(config)?.version ?? null }, edits: edits.map((edit) => ({ ...edit, ...annotated })) },
      ],
      ...(this.#abilities.previewedEdits ? { changeAnnotations: { [annotationId]: { label: this.#text(messages.nonblocking({ name })), description: config, needsConfirmation: true } } } : {}),
    };
  }

  #workspaceEdit({ folder }: Place, edits: readonly FileEdit[]): WorkspaceEdit | undefined {
    // A file that says something else by now must not be written to.
    if (edits.length === 0 || edits.some(({ path }) => folder.facts(path) && folder.text(path) === undefined)) return undefined;
    const files = [...new Set(edits.map(({ path }) => path))].flatMap((path) => {
      const facts = folder.facts(path);
      if (!facts) return [];
      const ofPath = edits.filter((edit) => edit.path === path);
      const uri = folder.address(path);
      const version = folder.document(path)?.version ?? null;
      return [{ textDocument: { uri, version }, edits: ofPath.map(({ range, text }) => ({ range: linesOf(documentOf(facts), range), newText: withLineBreaksOf(facts.text, text) })) }];
    });
    if (this.#abilities.versionedEdits) return { documentChanges: files };
    return { changes: Object.fromEntries(files.map((file) => [file.textDocument.uri, file.edits])) };
  }
}

interface Choice {
  readonly fix: Fix;
  readonly edits: readonly FileEdit[];
}

/** The first fix of every finding of a rule. */
function firstFixes(findings: readonly Finding[], rule: string): Choice[] {
  return findings.filter((finding) => finding.rule === rule).flatMap((finding) => choices(finding).slice(0, 1));
}

/** The first safe fix of every finding that has one. */
function safeFixes(findings: readonly Finding[]): Choice[] {
  return findings.flatMap((finding) => choices(finding).filter(({ fix }) => fix.safe).slice(0, 1));
}

function choices(finding: Finding): Choice[] {
  return (finding.fixes?.() ?? []).map((fix) => ({ fix, edits: ofFile(finding.path, fix.edits) }));
}

function ofFile(path: string, edits: readonly Edit[]): FileEdit[] {
  return edits.map((edit) => ({ path, ...edit }));
}

function withLineBreaksOf(text: string, inserted: string): string {
  return /\r?\n/.exec(text)?.[0] === '\r\n' ? inserted.replace(/\r?\n/g, '\r\n') : inserted;
}

/** One finding of each rule. */
function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.rule, finding] as const)).values()];
}
