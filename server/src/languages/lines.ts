/** `name = value` lines in `[sections]`, with their places: libraries for INI files keep none. */

import { unfilled, withoutTemplates, type FilledText } from './filling.ts';

/** A setting of a section; its value is joined from its lines. */
export interface Entry {
  readonly section: string;
  readonly name: string;
  readonly value: FilledText;
}

/** `systemd`: a value goes on behind a `\` (systemd.syntax(7)). `indented`: it goes on in indented lines, and ends at a ` ;` or ` #` (Python's configparser as supervisor sets it up). */
export type Dialect = 'systemd' | 'indented';

/** The settings of a file in order. */
export function* entries(text: string, dialect: Dialect): Generator<Entry> {
  let section = '';
  let open: { name: string; text: string; offsets: number[] } | undefined;
  let continues = false;
  const add = (content: string, offset: number) => {
    for (let index = 0; index < content.length; index++) open!.offsets.push(offset + index);
    // Space behind the backslash is a slip that hides the rest of the command; what was meant is read.
    continues = dialect === 'systemd' && /\\[ \t]*$/.test(content);
    open!.text += continues ? content.replace(/\\([ \t]*)$/, ' $1') : content;
  };
  const closed = (): Entry | undefined => {
    if (!open) return undefined;
    const { name, text: value, offsets } = open;
    offsets.push((offsets.at(-1) ?? 0) + 1);
    open = undefined;
    return { section, name, value: withoutTemplates(unfilled({ text: value, at: (index) => offsets[Math.min(Math.max(index, 0), offsets.length - 1)]! })) };
  };
  for (const match of text.matchAll(/[^\n]*(?:\n|$)/g)) {
    const line = match[0].replace(/\r?\n$/, '');
    if (/^[ \t]*[#;]/.test(line)) continue;
    const indented = dialect === 'indented' && /^[ \t]+\S/.test(line);
    if (open && (continues || indented)) {
      const content = dialect === 'indented' ? `\n${withoutComment(line)}` : line;
      add(content, dialect === 'indented' ? match.index - 1 : match.index);
      continue;
    }
    const done = closed();
    if (done) yield done;
    continues = false;
    const header = /^\s*\[([^\]]+)\]/.exec(line);
    if (header) {
      section = header[1]!.trim();
      continue;
    }
    const [whole, name] = (dialect === 'systemd' ? /^\s*([A-Za-z][\w-]*)\s*=[ \t]*/ : /^\s*([A-Za-z][\w.-]*)\s*[=:][ \t]*/).exec(line) ?? [];
    if (whole === undefined || name === undefined) continue;
    open = { name, text: '', offsets: [] };
    const value = dialect === 'indented' ? withoutComment(line).slice(whole.length) : line.slice(whole.length);
    add(value, match.index + whole.length);
  }
  const done = closed();
  if (done) yield done;
}

function withoutComment(line: string): string {
  return line.replace(/[ \t][;#].*$/, '').trimEnd();
}
