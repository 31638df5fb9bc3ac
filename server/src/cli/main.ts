/** The command line. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import picomatch from 'picomatch';
import manifest from '../../../package.json' with { type: 'json' };
import { emptyConfig, type Levels, type Settings } from '../config.ts';
import { defaultLimit } from '../host/disk.ts';
import { localeOf, locales, render, type Locale } from '../messages/index.ts';
import { levels, type Level } from '../rule.ts';
import { rules } from '../rules/index.ts';
import { nearest } from '../spelling.ts';
import { check, UsageError } from './check.ts';
import { github } from './formats/github.ts';
import { json } from './formats/json.ts';
import { sarif } from './formats/sarif.ts';
import { summary, text } from './formats/text.ts';
import { launches } from './launches.ts';
import { explain, rulesJson, rulesTable } from './pages.ts';
import { Lines } from './positions.ts';
import { progressOn } from './progress.ts';
import { settingsFrom } from './project.ts';
import { shown, type Format } from './report.ts';
import { messages } from './words.ts';

/** Exit codes. */
const clean = 0;
const findings = 1;
const failed = 2;

interface CheckFlags {
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  readonly fix?: boolean;
  readonly unsafeFixes?: boolean;
  readonly level: Readonly<Record<string, Level | 'off'>>;
  readonly config?: string;
  readonly exclude: readonly string[];
  readonly maxFileSize: number;
  readonly lang: Locale;
  readonly color: boolean;
  readonly statistics?: boolean;
}

const help = `
Examples:
  unblock check                               check the folder you are in
  unblock check src tests --format sarif      for code scanning
  unblock check app/views.py --fix            repair what can be repaired safely
  unblock check --level "blocking-*=error"    break the build on what blocks
  unblock launches                            how the service is started, with every setting
  unblock explain blocking-sleep              why a rule speaks, and what to do

Exit codes:
  0  no findings    1  findings    2  could not run

Configuration, in the nearest unblock.toml or pyproject.toml above a file:
  [tool.unblock]                              (no such header in unblock.toml)
  exclude = ["generated"]
  rules = { "redis-keys" = "off", "blocking-*" = "error" }
  options.gunicorn-missing-flag.flags = ["--timeout"]
  [[tool.unblock.overrides]]
  files = ["tests/**"]
  rules = { "blocking-*" = "off" }

Comments that silence findings:
  time.sleep(1)  # unblock: ignore[blocking-sleep]    on the line, or alone on the line above
  # unblock: ignore-file[blocking-sleep]              in the whole file
  Without [rule] they silence every rule. Ruff's "# noqa: ASYNC251" counts as well.
`;

function localeOption(): Option {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return new Option('--lang <language>', 'language of messages (default: that of your terminal)').choices(locales).default(localeOf(LC_ALL || LC_MESSAGES || LANG));
}

function addLevel(written: string, before: Levels): Levels {
  const [rule, level, ...more] = written.split('=');
  if (!rule || !level || more.length > 0) throw new InvalidArgumentError('Write RULE=LEVEL, such as redis-keys=off.');
  if (!(levels as readonly string[]).includes(level)) throw new InvalidArgumentError(`There is no level ${level}${hint(level, levels)}; levels are ${levels.join(', ')}.`);
  const isRule = picomatch(rule);
  if (!rules.some(({ id }) => isRule(id))) throw new InvalidArgumentError(`There is no rule ${rule}${hint(rule, rules.map(({ id }) => id))}.`);
  return { ...before, [rule]: level as Level | 'off' };
}

function hint(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates);
  return meant ? ` (did you mean ${meant}?)` : '';
}

function kilobytes(written: string): number {
  const size = Number(written);
  if (!Number.isFinite(size) || size <= 0) throw new InvalidArgumentError('Write a number of KB.');
  return size * 1024;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function settingsOf(flags: CheckFlags): Settings {
  const own = { exclude: flags.exclude, final: flags.level };
  if (flags.config === undefined) return { ...emptyConfig, ...own };
  let toml: string;
  try {
    toml = readFileSync(flags.config, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read \`${flags.config}\` (${(error as NodeJS.ErrnoException).code})`);
  }
  const { settings, problems } = settingsFrom(flags.config, toml);
  if (problems.length > 0) {
    const lines = new Lines(toml);
    const told = problems.map(({ range, message }) => {
      const { line, column } = lines.position(range.start);
      return `${flags.config}:${line}:${column}: ${render(message, flags.lang)}`;
    });
    throw new UsageError(told.join('\n'));
  }
  return { ...settings, ...own };
}

function formatOf(flags: CheckFlags): Format {
  switch (flags.format) {
    case 'json': return json;
    case 'sarif': return sarif(manifest.version);
    case 'github': return github;
    case 'text': return text(hasColor(flags), flags.statistics ?? false);
  }
}

/** As https://no-color.org asks; `FORCE_COLOR` for pipes. */
function hasColor({ color }: CheckFlags): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (!color || NO_COLOR) return false;
  if (FORCE_COLOR && FORCE_COLOR !== '0') return true;
  return process.stdout.isTTY && TERM !== 'dumb';
}

async function runCheck(paths: readonly string[], flags: CheckFlags): Promise<void> {
  const locale = flags.lang;
  const progress = progressOn(process.stderr, locale);
  const { report, failures } = await check(paths.length > 0 ? paths : ['.'], {
    settings: settingsOf(flags),
    limit: flags.maxFileSize,
    locale,
    fix: flags.unsafeFixes ? 'all' : flags.fix ? 'safe' : 'none',
    progress: progress.step,
  }).finally(progress.end);
  const parts: string[] = [];
  formatOf(flags)(report, (part) => parts.push(part));
  process.stdout.write(parts.join(''));
  if (flags.format === 'github') process.stderr.write(`${summary(report)}\n`);
  for (const { file, reason } of failures) complain(render(messages.unwritten({ path: shown(file), reason: render(reason, locale) }), locale));
  process.exitCode = failures.length > 0 ? failed : report.findings.length > 0 ? findings : clean;
}

async function runLaunches(paths: readonly string[], flags: Omit<CheckFlags, 'level'>): Promise<void> {
  const progress = progressOn(process.stderr, flags.lang);
  const options = { settings: settingsOf({ ...flags, level: {} }), limit: flags.maxFileSize, locale: flags.lang, format: flags.format === 'json' ? 'json' : 'text', progress: progress.step } as const;
  process.stdout.write(await launches(paths.length > 0 ? paths : ['.'], options).finally(progress.end));
}

function program(): Command {
  const all = new Command('unblock')
    .description('Finds what stops a Python service from serving many clients at once, and repairs it.')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ helpWidth: 100 })
    .addHelpText('after', help)
    .configureOutput({ outputError: (message, write) => write(`${message.trim().replace(/^error: /, 'unblock: ').replace(/\n\(/, ' (')}\n`) })
    .exitOverride();
  all.command('check')
    .description('check files and folders')
    .argument('[paths...]', 'files and folders (default: the folder you are in)')
    .addOption(new Option('--format <format>', 'how to print findings').choices(['text', 'json', 'sarif', 'github']).default('text'))
    .option('--fix', 'repair what can be repaired without changing what the program does')
    .option('--unsafe-fixes', 'repair everything that can be repaired: read the difference afterwards')
    .addOption(new Option('--level <rule=level>', `level of a rule (or of rules: "blocking-*=error"); may be repeated; ${levels.join(', ')}`).argParser(addLevel).default({}, 'each rule’s own'))
    .option('--config <file>', 'use this configuration, and no other')
    .addOption(new Option('--exclude <glob>', 'leave out files and folders; may be repeated').argParser(collect).default([], 'nothing'))
    .addOption(new Option('--max-file-size <kb>', 'leave out larger files').argParser(kilobytes).default(defaultLimit, `${defaultLimit / 1024}`))
    .addOption(localeOption())
    .option('--no-color', 'no colours, even on a terminal')
    .option('--statistics', 'with --format text: only how many findings each rule has')
    .addHelpText('after', help)
    .action(runCheck);
  all.command('launches')
    .description('show how servers and workers are started, with the settings in force and where each is set')
    .argument('[paths...]', 'files and folders (default: the folder you are in)')
    .addOption(new Option('--format <format>', 'how to print them').choices(['text', 'json']).default('text'))
    .option('--config <file>', 'use this configuration, and no other')
    .addOption(new Option('--exclude <glob>', 'leave out files and folders; may be repeated').argParser(collect).default([], 'nothing'))
    .addOption(new Option('--max-file-size <kb>', 'leave out larger files').argParser(kilobytes).default(defaultLimit, `${defaultLimit / 1024}`))
    .addOption(localeOption())
    .action(runLaunches);
  all.command('explain')
    .description('print the page of a rule')
    .argument('<rule>', 'its id, such as blocking-sleep')
    .addOption(localeOption())
    .action((id: string, { lang }: { lang: Locale }) => {
      process.stdout.write(explain(id, lang));
    });
  all.command('rules')
    .description('list the rules')
    .addOption(new Option('--format <format>', 'how to print them').choices(['text', 'json']).default('text'))
    .addOption(localeOption())
    .action(({ format, lang }: { format: string; lang: Locale }) => {
      process.stdout.write(format === 'json' ? rulesJson(lang) : rulesTable(lang));
    });
  return all;
}

function complain(message: string): void {
  process.stderr.write(`unblock: ${message}\n`);
}

// The reader of a pipe may leave early (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? clean : failed;
    } else {
      // A defect of ours: whoever reports it needs the stack.
      complain(error instanceof UsageError ? error.message : error instanceof Error ? error.stack ?? error.message : String(error));
      process.exitCode = failed;
    }
  }
}

void main();
