/** The extension's settings, from which `contributes.configuration` and its texts are made. */

import type { Option, Rule } from '../server/src/rule.ts';

/** A text in the languages of the package's manifest. */
export interface Text {
  readonly en: string;
  readonly 'zh-cn': string;
}

interface Setting {
  readonly key: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly description: Text;
  /** One for each member of the schema's `enum`. */
  readonly choices?: readonly Text[];
}

const levelNames = ['error', 'warning', 'info', 'hint', 'off'];

const settings: readonly Setting[] = [
  {
    key: 'run',
    schema: { scope: 'resource', type: 'string', enum: ['onType', 'onSave'], default: 'onType' },
    description: { en: 'When open files are checked.', 'zh-cn': '何时检查打开的文件。' },
    choices: [{ en: 'While you type.', 'zh-cn': '输入时检查。' }, { en: 'When a file is saved.', 'zh-cn': '保存文件时检查。' }],
  },
  {
    key: 'locale',
    schema: { scope: 'application', type: 'string', enum: ['auto', 'en', 'zh-cn'], default: 'auto' },
    description: { en: 'Language of messages and rule pages.', 'zh-cn': '提示信息与规则页面使用的语言。' },
    choices: [{ en: 'The language of VS Code.', 'zh-cn': '与 VS Code 的显示语言相同。' }, { en: 'English', 'zh-cn': '英语' }, { en: 'Simplified Chinese', 'zh-cn': '简体中文' }],
  },
  {
    key: 'exclude',
    schema: { scope: 'resource', type: 'array', items: { type: 'string' }, uniqueItems: true, default: [] },
    description: {
      en: 'Globs of files that are not checked, besides what `.gitignore` and `#files.exclude#` name. Example: `migrations/**`.',
      'zh-cn': '不检查的文件（glob 模式），`.gitignore` 与 `#files.exclude#` 之外的部分。例如：`migrations/**`。',
    },
  },
  {
    key: 'scan.mode',
    schema: { scope: 'window', type: 'string', enum: ['workspace', 'openFiles', 'off'], default: 'workspace' },
    description: { en: 'Which files appear in the Problems panel.', 'zh-cn': '“问题”面板中显示哪些文件的问题。' },
    choices: [
      { en: 'Every file of the workspace, open or not.', 'zh-cn': '工作区的所有文件，无论是否打开。' },
      { en: 'Open files only. The other files are still read, so that chains through them are found.', 'zh-cn': '仅打开的文件。其他文件仍会被读取，以便找出经过它们的调用链。' },
      { en: 'Open files only, each looked at on its own.', 'zh-cn': '仅打开的文件，且逐个独立检查。' },
    ],
  },
  {
    key: 'scan.maxFileSizeKB',
    schema: { scope: 'resource', type: 'integer', minimum: 1, default: 1024 },
    description: { en: 'Larger files are skipped; the status item says which.', 'zh-cn': '跳过超过此大小（KB）的文件；状态项会列出它们。' },
  },
  {
    key: 'scan.maxFiles',
    schema: { scope: 'resource', type: 'integer', minimum: 1, default: 20000 },
    description: { en: 'The most files read in one workspace folder; the status item says when it was reached.', 'zh-cn': '每个工作区文件夹最多读取的文件数；达到上限时状态项会提示。' },
  },
  {
    key: 'trace.server',
    schema: { scope: 'window', type: 'string', enum: ['off', 'messages', 'verbose'], default: 'off' },
    description: { en: 'What of the talk between VS Code and the language server is written to the output channel.', 'zh-cn': '在输出通道中记录 VS Code 与语言服务器之间的哪些通信。' },
  },
];

const rulesText: Text = {
  en: 'Level of each rule. `unblock.toml` and `[tool.unblock]` of `pyproject.toml` win over this setting where they name the rule.',
  'zh-cn': '各规则的级别。`unblock.toml` 与 `pyproject.toml` 的 `[tool.unblock]` 中写明的规则优先于此设置。',
};
const optionsText: Text = { en: 'Options of each rule; the rule’s page explains them.', 'zh-cn': '各规则的选项；说明见规则页面。' };

/** `contributes.configuration`, and the texts its `%keys%` name. Texts of rules come from the rules; `chinese` holds their translations. */
export function configuration(rules: readonly Rule[], chinese: Readonly<Record<string, string>>): { section: unknown; texts: ReadonlyMap<string, Text> } {
  const texts = new Map<string, Text>();
  const say = (key: string, text: Text): string => {
    texts.set(key, text);
    return `%${key}%`;
  };
  const ofRule = (key: string, english: string): Text => ({ en: english, 'zh-cn': chinese[key] ?? english });
  const properties: Record<string, unknown> = {};
  let order = 0;
  const add = (key: string, value: Record<string, unknown>): void => {
    properties[`unblock.${key}`] = { order: order++, ...value };
  };

  add('rules', {
    scope: 'resource', type: 'object', default: {}, additionalProperties: false,
    markdownDescription: say('setting.rules', rulesText),
    // A glob of ids, such as `blocking-*`.
    patternProperties: { '^[a-z0-9*?-]*[*?][a-z0-9*?-]*$': { type: 'string', enum: levelNames } },
    properties: Object.fromEntries(rules.map((rule) => [rule.id, {
      type: 'string', enum: levelNames, default: rule.level,
      markdownDescription: say(`rule.${rule.id}`, ofRule(`${rule.id}.summary`, rule.summary)),
    }])),
  });
  add('options', {
    scope: 'resource', type: 'object', default: {}, additionalProperties: false,
    markdownDescription: say('setting.options', optionsText),
    properties: Object.fromEntries(rules.filter((rule) => rule.options).map((rule) => [rule.id, {
      type: 'object', additionalProperties: false,
      properties: Object.fromEntries(Object.entries(rule.options!).map(([name, option]) => [name, {
        ...optionSchema(option),
        markdownDescription: say(`rule.${rule.id}.option.${name}`, ofRule(`${rule.id}.option.${name}`, option.description)),
      }])),
    }])),
  });
  for (const setting of settings) {
    add(setting.key, {
      ...setting.schema,
      markdownDescription: say(`setting.${setting.key}`, setting.description),
      ...(setting.choices && { markdownEnumDescriptions: setting.choices.map((choice, i) => say(`setting.${setting.key}.${(setting.schema['enum'] as string[])[i]}`, choice)) }),
    });
  }
  return { section: { title: 'Unblock', properties }, texts };
}

function optionSchema(option: Option): Record<string, unknown> {
  const value = option.default;
  if (Array.isArray(value)) return { type: 'array', items: { type: 'string' }, default: value };
  return { type: Number.isInteger(value) ? 'integer' : typeof value, default: value };
}
