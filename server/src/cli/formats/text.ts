/** For people: each finding with its code, its chain and its repair. */

import { styleText } from 'node:util';
import { render, type Locale } from '../../messages/index.ts';
import { levels, type Level, type Message } from '../../rule.ts';
import { frame, printable } from '../frame.ts';
import { compare, shown, type Format, type Repair, type Report, type Reported } from '../report.ts';
import { messages } from '../words.ts';

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<Level, Style>> = { error: ['red', 'bold'], warning: ['yellow', 'bold'], info: ['cyan', 'bold'], hint: ['green', 'bold'] };

/** `statistics`: only how many findings each rule has. */
export function text(color: boolean, statistics: boolean): Format {
  const paint = (style: Style, words: string): string => (color ? styleText(style, words, { validateStream: false }) : words);
  return (report, write) => new TextReport(report, paint, write).write(statistics);
}

class TextReport {
  #report: Report;
  #paint: (style: Style, words: string) => string;
  #write: (text: string) => void;

  constructor(report: Report, paint: (style: Style, words: string) => string, write: (text: string) => void) {
    this.#report = report;
    this.#paint = paint;
    this.#write = write;
  }

  write(statistics: boolean): void {
    if (this.#report.repairs && this.#report.repairs.length > 0) this.#repairs(this.#report.repairs);
    if (statistics) this.#statistics();
    else for (const finding of this.#report.findings) this.#write(`${this.#finding(finding)}\n\n`);
    this.#summary();
  }

  #finding(finding: Reported): string {
    const place = this.#paint('bold', placeOf(finding));
    const head = `${place} ${this.#paint(styles[finding.level], finding.level)} ${this.#paint('bold', finding.rule)} ${printable(finding.message)}`;
    const gutter = Math.max(4, String(finding.start.line).length + 2);
    const code = frame(finding).lines.map(({ number, text, squiggles }) => {
      const words = squiggles ? this.#paint(styles[finding.level], text.trimStart()) : text;
      const indent = squiggles ? text.slice(0, text.length - text.trimStart().length) : '';
      return `${this.#paint('dim', `${String(number ?? '').padStart(gutter)} |`)} ${indent}${words}`.trimEnd();
    });
    const chain = finding.related.map((step) => `${' '.repeat(gutter + 1)}${this.#paint('dim', placeOf(step))} ${printable(step.message)}`);
    const [fix] = finding.fixes;
    const repair = fix ? [`${' '.repeat(gutter + 1)}${this.#paint('green', this.#say((fix.safe ? messages.repair : messages.repairUnsafe)({ title: printable(fix.title) })))}`] : [];
    return [head, ...code, ...chain, ...repair].join('\n');
  }

  #repairs(repairs: readonly Repair[]): void {
    const lines = new Map<string, number>();
    for (const { file, rule, title } of repairs) {
      const line = `  ${shown(file)} ${rule} ${printable(title)}`;
      lines.set(line, (lines.get(line) ?? 0) + 1);
    }
    this.#write(`${this.#say(messages.fixed({ findings: this.#count(repairs.length, 'findings') }))}\n`);
    for (const [line, count] of lines) this.#write(`${line}${count > 1 ? ` (×${count})` : ''}\n`);
    this.#write('\n');
  }

  #statistics(): void {
    const counts = new Map<string, number>();
    for (const { rule, level } of this.#report.findings) counts.set(`${level} ${rule}`, (counts.get(`${level} ${rule}`) ?? 0) + 1);
    const sorted = [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
    for (const [name, count] of sorted) this.#write(`${String(count).padStart(6)} ${name}\n`);
    if (sorted.length > 0) this.#write('\n');
  }

  #summary(): void {
    const { findings, files, skipped } = this.#report;
    if (skipped.length > 0) {
      this.#write(`${this.#say(messages.skipped())}\n`);
      for (const { file, reason } of skipped) this.#write(`  ${shown(file)} (${reason})\n`);
      this.#write('\n');
    }
    this.#write(`${summary(this.#report)}\n`);
    const safe = findings.filter(({ fixes }) => fixes.some((fix) => fix.safe)).length;
    const unsafe = findings.filter(({ fixes }) => fixes.length > 0).length - safe;
    if (files > 0 && safe > 0) this.#write(`${this.#say(messages.safe({ count: String(safe) }))}\n`);
    if (files > 0 && unsafe > 0) this.#write(`${this.#say(messages.unsafe({ count: String(unsafe) }))}\n`);
  }

  #count(count: number, of: 'findings' | 'files'): string {
    return counted(count, of, this.#report.locale);
  }

  #say(message: Message): string {
    return render(message, this.#report.locale);
  }
}

/** `3 findings in 12 files (error: 1, warning: 2).` */
export function summary({ findings, files, locale }: Report): string {
  const inFiles = counted(files, 'files', locale);
  if (findings.length === 0) return render(messages.clean({ files: inFiles }), locale);
  const byLevel = levels.map((level) => [level, findings.filter((one) => one.level === level).length] as const).filter(([, count]) => count > 0);
  return render(messages.found({ findings: counted(findings.length, 'findings', locale), files: inFiles, levels: byLevel.map(([level, count]) => `${level}: ${count}`).join(', ') }), locale);
}

function counted(count: number, of: 'findings' | 'files', locale: Locale): string {
  const one = of === 'findings' ? messages.oneFinding : messages.oneFile;
  return render(count === 1 ? one() : messages[of]({ count: String(count) }), locale);
}

function placeOf({ file, start }: Pick<Reported, 'file' | 'start'>): string {
  return `${printable(shown(file))}:${start.line}:${start.column}`;
}
