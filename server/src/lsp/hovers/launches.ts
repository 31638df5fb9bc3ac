/** The whole picture of a launch. */

import { concurrencyOf, processesOf, type Launch } from '../../engine.ts';
import { render, type Locale } from '../../messages/index.ts';
import { defineMessages, type Message } from '../../rule.ts';
import type { Folder } from '../folder.ts';
import { code, linkTo, listed } from './marks.ts';
import { programName } from './settings.ts';

export const messages = defineMessages('launch', {
  starts: '{program} starts {application}',
  startsFrom: '{program} starts {application}, {link}',
  started: '{program} is started here',
  workerClass: 'Worker class: {kind}',
  pool: 'Pool: {kind}',
  processes: 'Processes: {count}',
  cores: 'Processes: as many as the machine has cores',
  computed: 'Processes: computed at the start',
  unknown: 'not known',
  atStart: 'computed at the start',
  one: 'Each serves one request at a time',
  threads: 'Each serves as many requests at a time as it has threads: {count}',
  greenlets: 'Each serves up to {count} clients at a time, in greenlets',
  loop: 'Each serves its clients on one event loop',
  oneTask: 'Each works on one task at a time',
  tasks: 'It works on {count} tasks at a time',
  production: 'Production: nothing here says otherwise',
  development: 'Development: {evidence} says so',
  container: 'Runs in a container',
  supervised: 'Runs under a supervisor of processes',
  host: 'Runs on a machine, not in a container',
  config: 'Configuration file: {link}',
  settings: 'Settings in force:',
  setting: '{name} = {value}, {link}',
  settingAt: '{name}, {link}',
  ignored: '{setting}; ignored',
  incomplete: 'More settings may come from places that cannot be read here',
});

const places = { container: messages.container(), supervised: messages.supervised(), host: messages.host() };

export function launchText(launch: Launch, ignored: ReadonlySet<string>, folder: Folder, locale: Locale): string {
  const say = (message: Message) => render(message, locale);
  const facts = [
    ...kindOf(launch, locale),
    ...processes(launch, locale),
    ...concurrency(launch),
    launch.development ? messages.development({ evidence: code(launch.developmentEvidence ?? '') }) : messages.production(),
    ...(launch.place === 'unknown' ? [] : [places[launch.place]]),
    ...(launch.config === undefined ? [] : [messages.config({ link: linkTo(folder, launch.config) })]),
    ...(launch.complete ? [] : [messages.incomplete()]),
  ].map(say);
  const settings = [...launch.settings.values()].map(({ name, value, computed, path, range }) => {
    const values = { name: code(name), link: linkTo(folder, path, range) };
    const setting = say(value === undefined && !computed ? messages.settingAt(values) : messages.setting({ ...values, value: value === undefined ? say(messages.atStart()) : code(value) }));
    return ignored.has(name) ? say(messages.ignored({ setting })) : setting;
  });
  return [say(titleOf(launch, folder)), listed(facts) + (settings.length === 0 ? '' : `\n- ${say(messages.settings())}\n${listed(settings, 1)}`)].join('\n\n');
}

function titleOf({ program, application, entry, callee }: Launch, folder: Folder): Message {
  const values = { program: callee !== undefined && program === 'python' ? code(callee.replace(/^.*\.(?=\w+\.\w+$)/, '')) : programName(program) };
  if (application === undefined) return messages.started(values);
  const named = { ...values, application: code(application) };
  return entry === undefined ? messages.starts(named) : messages.startsFrom({ ...named, link: linkTo(folder, entry) });
}

function kindOf(launch: Launch, locale: Locale): readonly Message[] {
  const { program, settings } = launch;
  const unknown = render(messages.unknown(), locale);
  if (program === 'gunicorn') return [messages.workerClass({ kind: !launch.workerClass ? unknown : code(launch.workerClass) })];
  if (program !== 'celery worker') return [];
  const pool = settings.get('pool');
  return [messages.pool({ kind: pool?.value !== undefined ? code(pool.value) : pool || !launch.complete ? unknown : code('prefork') })];
}

function processes(launch: Launch, locale: Locale): readonly Message[] {
  const { program, settings, complete } = launch;
  if (program === 'python' || program === 'flask' || program === 'celery beat') return [];
  const count = processesOf(launch);
  if (count !== undefined) return [messages.processes({ count: String(count) })];
  const setting = settings.get(program === 'celery worker' ? 'concurrency' : 'workers');
  if (setting?.computed) return [messages.computed()];
  if (program === 'celery worker' && !setting && complete) return [messages.cores()];
  return [messages.processes({ count: render(messages.unknown(), locale) })];
}

function concurrency(launch: Launch): readonly Message[] {
  const { program, settings, complete } = launch;
  const number = (name: string, otherwise: string) => settings.get(name)?.value ?? (settings.has(name) || !complete ? undefined : otherwise);
  const kind = concurrencyOf(launch);
  if (program === 'celery worker') {
    if (kind === 'processes') return [messages.oneTask()];
    const tasks = settings.get('concurrency')?.value;
    return kind === undefined || tasks === undefined ? [] : [messages.tasks({ count: code(tasks) })];
  }
  if (program === 'gunicorn' && kind === 'greenlets') {
    const count = number('worker_connections', '1000');
    return count === undefined ? [] : [messages.greenlets({ count: code(count) })];
  }
  if (kind === 'threads') {
    const count = number('threads', '1');
    return count === undefined ? [] : [messages.threads({ count: code(count) })];
  }
  return kind === 'processes' ? [messages.one()] : kind === 'loop' ? [messages.loop()] : [];
}
