/** Commands with which a shell has nothing left to do. */

import type { Command, Facts } from '../facts.ts';

/**
 * Whether a shell that stays process 1 of its container, or the process that a supervisor knows, runs `command` last and
 * waits for it: the end of a script, of a Dockerfile's shell form, of `sh -c "…"`. Bash needs no telling in the last case.
 */
export function isLastCommand(file: Facts, command: Command): boolean {
  if (command.form !== 'shell') return false;
  if (file.language === 'shell') return !/(?:^|[;&|{(\s])trap\s/m.test(file.text) && endsScript(file.text, command.end);
  if (file.language !== 'dockerfile' && file.language !== 'compose' && file.language !== 'kubernetes') return false;
  const shell = shellAround(file, command);
  // Only a Dockerfile has text that a shell reads without being named.
  return endsText(file.text, command) && shell !== 'bash' && (shell !== undefined || file.language === 'dockerfile');
}

/** Behind a command, only what closes the branches around it. */
function endsScript(text: string, from: number): boolean {
  let at = from;
  for (;;) {
    // Redirections belong to the command.
    at += /^(?:[ \t]*\d*(?:>>?|<|>&|&>>?)[ \t]*(?:&?[\w./${}"'-]+))*/.exec(text.slice(at))![0].length;
    at += /^(?:\s|;(?!;)|#[^\n]*)*/.exec(text.slice(at))![0].length;
    if (at >= text.length) return true;
    const word = /^(?:fi|esac|else|elif|;;)(?![\w-])|^;;/.exec(text.slice(at))?.[0];
    if (word === undefined) return false;
    at += word.length;
    if (word === 'else' || word === 'elif') at = closing(text, at, 'if', 'fi');
    else if (word === ';;') at = closing(text, at, 'case', 'esac');
  }
}

/** Behind the word that closes the block which `from` stands in. */
function closing(text: string, from: number, open: string, close: string): number {
  const words = new RegExp(String.raw`(?:^|[;&|\n]|\bthen|\belse|\bdo)[ \t]*(${open}|${close})(?![\w-])`, 'g');
  words.lastIndex = from;
  let depth = 1;
  for (let found = words.exec(text); found; found = words.exec(text)) {
    depth += found[1] === open ? 1 : -1;
    if (depth === 0) return words.lastIndex;
  }
  return text.length;
}

/** Behind a command, only what closes the string and list around it. */
function endsText(text: string, { start, end }: Command): boolean {
  const line = text.indexOf('\n', end);
  const rest = text.slice(end, line === -1 ? text.length : line);
  if (!/^\s*(?:\\?["'])?\s*\]?\s*$/.test(rest)) return false;
  if (/["'\]]/.test(rest)) return true;
  // The text may go on in the next line, as deep as this one.
  const next = /^(?:[ \t]*\r?\n)*([ \t]*)\S/.exec(text.slice(line === -1 ? text.length : line + 1));
  const own = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1))![0];
  return !next || next[1]!.length < own.length || own.length === 0;
}

/** The shell named last before a command (`sh -c`): Bash, which becomes its last command by itself, or another. */
function shellAround(file: Facts, { start }: Command): 'bash' | 'other' | undefined {
  const shell = [...file.text.slice(0, start).matchAll(/\b(ba|da|a|z|k)?sh["']?(?:\s|["',]|-\s)*-[a-z]*c\b/g)].at(-1);
  return shell && (shell[1] === 'ba' || shell[1] === 'z' ? 'bash' : 'other');
}
