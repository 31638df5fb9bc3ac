/** What a rule is, and what it yields. */

import type { Facts, Ignore, Range } from './facts.ts';
import type { Workspace } from './workspace/workspace.ts';

export type Level = 'error' | 'warning' | 'info' | 'hint';
export const levels: readonly (Level | 'off')[] = ['error', 'warning', 'info', 'hint', 'off'];

/** A text with named places, rendered in the reader's language at the edge (`messages/`). */
export interface Message {
  /** `<rule-id>.<name>`; also the key in `messages/zh-cn.json`. */
  readonly key: string;
  /** English, with `{name}` places. */
  readonly text: string;
  readonly values: Readonly<Record<string, string>>;
}

/** A step of a chain or another place that explains a finding. */
export interface Note {
  readonly path: string;
  readonly range: Range;
  readonly message: Message;
  /** Of a step: the dotted name by which `[tool.unblock.models]` speaks of what it calls. */
  readonly model?: string;
}

export interface Edit {
  /** Another file than the finding's. */
  readonly path?: string;
  readonly range: Range;
  readonly text: string;
}

export interface Fix {
  readonly title: Message;
  /** Safe: cannot alter what the program does. */
  readonly safe: boolean;
  readonly edits: readonly Edit[];
}

export interface Finding {
  /** The smallest text that is wrong; within one line, not empty. */
  readonly range: Range;
  readonly message: Message;
  /** In place of the rule's level (a low cost reports at `hint`). */
  readonly level?: Level;
  readonly notes?: readonly Note[];
  /** The first is the preferred one. Made when asked for: most findings are never fixed. */
  readonly fixes?: () => readonly Fix[];
  readonly tags?: readonly ('unnecessary' | 'deprecated')[];
}

export type OptionValue = boolean | number | string | readonly string[];

export interface Option {
  readonly description: string;
  readonly default: OptionValue;
}

export interface Rule {
  readonly id: string;
  /** One sentence, Markdown. */
  readonly summary: string;
  readonly level: Level | 'off';
  /** The best fix the rule can offer. */
  readonly fix: 'safe' | 'unsafe' | 'none';
  /** Ruff's codes for the same thing: a `# noqa` with one of them is honoured. */
  readonly ruff?: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
  /** Every message of the rule, English, by name. */
  readonly messages: Readonly<Record<string, string>>;
  /**
   * A cheap look, by the language and the words of a file: whether the rule may have anything to say of it. Every file concerns
   * a rule that does not tell.
   */
  concerns?(file: Facts, workspace: Workspace): boolean;
  check(file: Facts, workspace: Workspace, options: Readonly<Record<string, OptionValue>>): Iterable<Finding>;
  /** Asked, after all rules have spoken, about each ignore comment (or each rule named in one) that silenced nothing. */
  unused?(file: Facts, ignore: Ignore, rule: string | undefined): Finding;
}

export function defineRule(rule: Rule): Rule {
  return Object.freeze(rule);
}

/** The messages of a rule (or of a shared part, such as `fixes`) as functions of their values. */
export function defineMessages<const T extends Readonly<Record<string, string>>>(owner: string, texts: T): { readonly [K in keyof T]: (values?: Readonly<Record<string, string>>) => Message } & { readonly texts: T } {
  const made: Record<string, unknown> = { texts };
  for (const [name, text] of Object.entries(texts)) made[name] = (values: Readonly<Record<string, string>> = {}) => ({ key: `${owner}.${name}`, text, values });
  return made as never;
}
