/** What is said of which file, and to whom it has been said already. */

import type { FullDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport } from 'vscode-languageserver';
import { keyOf } from './addresses.ts';
import type { Folder } from './folder.ts';
import type { Session } from './session.ts';

/** What a client holds of each file, by the file's key: in its own spelling. */
export type Held = Map<string, { readonly uri: string; readonly id: string }>;

export class Reports {
  readonly #session: Session;
  /**
   * Files of which a client may show something. It tells only of some of them what it holds: a document that was just
   * closed is missing from `previousResultIds` while its squiggles stand.
   */
  readonly #shown = new Map<string, string>();
  /** What was last answered for an open document, and for which version. */
  readonly #answered = new Map<string, { readonly id: string; readonly version: number }>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** What a client that holds `held` must be told; `held` is brought up to date. `alone`: also documents outside every folder. */
  difference(held: Held, alone: boolean): WorkspaceFullDocumentDiagnosticReport[] {
    const reports: WorkspaceFullDocumentDiagnosticReport[] = [];
    const alive = new Set<string>();
    const say = (key: string, uri: string, version: number | null, report: FullDocumentDiagnosticReport): void => {
      if (report.items.length > 0) this.#shown.set(key, uri);
      else this.#shown.delete(key);
      if (report.resultId === undefined) held.delete(key);
      else held.set(key, { uri, id: report.resultId });
      reports.push({ ...report, uri, version });
    };
    for (const folder of this.#session.folders()) this.#differences(folder, held, alive, say);
    for (const folder of this.#session.alone()) {
      if (alone) this.#differences(folder, held, alive, say);
      else alive.add(folder.key);
    }
    if (this.#session.settled) {
      const gone = new Map([...this.#shown, ...[...held].map(([key, { uri }]) => [key, uri] as const)]);
      for (const [key, uri] of gone) if (!alive.has(key)) say(key, uri, null, { kind: 'full', items: [] });
    }
    return reports;
  }

  #differences(folder: Folder, held: Held, alive: Set<string>, say: (key: string, uri: string, version: number | null, report: FullDocumentDiagnosticReport) => void): void {
    for (const path of folder.paths()) {
      const key = folder.keyOf(path);
      alive.add(key);
      const result = folder.known(path);
      if (!result) continue;
      const before = held.get(key);
      if (before ? before.id === result.id : result.items.length === 0 && !this.#shown.has(key)) continue;
      const { items, id } = result;
      say(key, before?.uri ?? folder.address(path), folder.document(path)?.version ?? null, items.length > 0 ? { kind: 'full', items: [...items], resultId: id } : { kind: 'full', items: [] });
    }
  }

  /** A document's own question was answered. */
  answered(uri: string, id: string, version: number, empty: boolean): void {
    this.#answered.set(keyOf(uri), { id, version });
    if (!empty) this.#shown.set(keyOf(uri), uri);
  }

  closed(uri: string): void {
    this.#answered.delete(keyOf(uri));
  }

  /** Whether an open document would now be answered differently, though nobody edited it: its own edits are asked about anyway. */
  outdated(): boolean {
    for (const folder of [...this.#session.folders(), ...this.#session.alone()]) {
      for (const [path, document] of folder.documents()) {
        const before = this.#answered.get(keyOf(document.uri));
        const now = folder.known(path);
        if (before && now && before.version === document.version && before.id !== now.id) return true;
      }
    }
    return false;
  }
}
