/** The entry behind `{}` in the status bar: what was found, what was left out, what went wrong. */

import * as vscode from 'vscode';
import type { Status } from '../../server/src/host/requests.ts';

/** Files named in the item; the output channel has the others. */
const named = 3;

export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.LanguageStatusItem;
  readonly #output: vscode.LogOutputChannel;
  #logged = '';

  constructor(selector: vscode.DocumentSelector, output: vscode.LogOutputChannel) {
    this.#item = vscode.languages.createLanguageStatusItem('unblock.status', selector);
    this.#item.name = 'Unblock';
    this.#output = output;
  }

  starting(): void {
    this.#item.text = vscode.l10n.t('Unblock: starting');
    this.#item.detail = undefined;
    this.#item.severity = vscode.LanguageStatusSeverity.Information;
    this.#item.busy = true;
    this.#item.command = undefined;
  }

  failed(reason: string): void {
    this.#item.text = vscode.l10n.t('Unblock: not running');
    this.#item.detail = reason;
    this.#item.severity = vscode.LanguageStatusSeverity.Error;
    this.#item.busy = false;
    this.#item.command = { command: 'unblock.restart', title: vscode.l10n.t('Restart') };
  }

  show(status: Status): void {
    const { error, warning, info, hint } = status.findings;
    const total = error + warning + info + hint;
    this.#item.busy = status.state === 'scanning';
    this.#item.text = total === 1 ? vscode.l10n.t('Unblock: 1 finding') : vscode.l10n.t('Unblock: {0} findings', total);
    this.#item.detail = [
      status.files === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', status.files),
      ...(total > 0 ? [vscode.l10n.t('{0} errors, {1} warnings, {2} notes, {3} hints', error, warning, info, hint)] : []),
      ...(status.skipped.length > 0 ? [this.#skipped(status.skipped)] : []),
      ...status.problems,
    ].join(' · ');
    this.#item.severity = status.problems.length > 0 || status.skipped.length > 0 ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
    this.#item.command = { command: 'unblock.showOutput', title: vscode.l10n.t('Show Output') };
    this.#log(status);
  }

  #skipped(skipped: Status['skipped']): string {
    const files = skipped.slice(0, named).map(({ path, reason }) => `${path} (${reason})`).join(', ');
    const more = skipped.length > named ? ', …' : '';
    return vscode.l10n.t('{0} skipped: {1}', skipped.length, files + more);
  }

  #log({ skipped, problems }: Status): void {
    const text = [...problems, ...skipped.map(({ path, reason }) => vscode.l10n.t('Skipped {0}: {1}', path, reason))].join('\n');
    if (text === this.#logged) return;
    this.#logged = text;
    for (const line of text.split('\n')) if (line) this.#output.warn(line);
  }

  dispose(): void {
    this.#item.dispose();
  }
}
