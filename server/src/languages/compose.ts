/** Compose files → what their services start. */

import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Command } from '../facts.ts';
import { absoluteCandidates, joinPath, upwards } from '../folders.ts';
import { filled, interpolated, interpolation, type FilledText } from './filling.ts';
import { startCommands, type StartFile } from './starts.ts';
import type { Value } from './words.ts';
import { rangeOf, YamlFile } from './yaml.ts';

/** Services may extend each other so many levels deep. */
const deepest = 5;

/** Compose fills in variables of the machine it runs on, which nobody knows; `$$` is the container's. */
function fill(text: FilledText): FilledText {
  return filled(text, interpolation, (match) => interpolated(match, new Map()));
}

export function compose(file: StartFile): Command[] {
  const found = new Map<string, Command>();
  for (const yaml of YamlFile.read(file.text)) {
    const services = yaml.mapAt(yaml.root, 'services');
    if (!services) continue;
    for (const [, service] of yaml.entries(services)) {
      if (!isMap(service)) continue;
      // A command that several services share stands in one place, and is said once.
      for (const command of serviceCommands(file, yaml, services, service)) if (!found.has(`${command.start} ${command.end}`)) found.set(`${command.start} ${command.end}`, command);
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

function serviceCommands(file: StartFile, yaml: YamlFile, services: YAMLMap, service: YAMLMap): Command[] {
  const chain = extended(yaml, services, service);
  const at = (key: string): Node | undefined => chain.map((one) => yaml.at(one, key)).find((value) => value !== undefined);
  const text = (node: Node | undefined): string | undefined => (isScalar(node) && typeof node.value === 'string' ? node.value : undefined);
  const build = at('build');
  const context = text(build) ?? (isMap(build) ? yaml.stringAt(build, 'context') : undefined);
  const from = context === undefined ? undefined : joinPath(file.folder, context);
  const folders = from === undefined ? upwards(file.folder) : [...new Set([from, ...upwards(file.folder)])];
  const directory = text(at('working_dir'));
  const environment = new Map(chain.toReversed().flatMap((one) => [...environmentOf(yaml, yaml.at(one, 'environment'))]));
  const profiles = at('profiles');
  // A service with a profile runs for those who ask for it.
  const conditions = isSeq(profiles) && profiles.items.length > 0 ? [`--profile ${profiles.items.map((item) => (isScalar(item) ? String(item.value) : '')).join(' ')}`] : [];
  const surroundings = { directories: directory === undefined ? folders : absoluteCandidates(directory, folders), environment, conditions };
  return startCommands(file, yaml.given(at('entrypoint'), fill), yaml.given(at('command'), fill), surroundings);
}

/** A service and those it extends, as far as they stand in the file. */
function extended(yaml: YamlFile, services: YAMLMap, service: YAMLMap): YAMLMap[] {
  const chain = [service];
  for (let at: YAMLMap | undefined = service; at && chain.length < deepest; ) {
    const base: Node | undefined = yaml.at(at, 'extends');
    const name: string | undefined = isMap(base) ? (yaml.at(base, 'file') ? undefined : yaml.stringAt(base, 'service')) : isScalar(base) ? String(base.value) : undefined;
    at = name === undefined ? undefined : yaml.mapAt(services, name);
    if (at) chain.push(at);
  }
  return chain;
}

function* environmentOf(yaml: YamlFile, node: Node | undefined): Generator<[string, Value]> {
  if (isMap(node)) {
    const seen = new Set<string>();
    for (const [name, value, key] of yaml.entries(node)) {
      if (seen.has(name)) continue;
      seen.add(name);
      yield [name, yaml.value(value, rangeOf(key), fill)];
    }
  } else if (isSeq(node)) {
    for (const item of node.items) {
      const scalar = yaml.followed(item);
      if (!isScalar(scalar) || !scalar.range) continue;
      const [, name, assigned] = /^([^=]+)(=)?/.exec(String(scalar.value)) ?? [];
      if (name === undefined) continue;
      const { range, text } = yaml.value(scalar, rangeOf(scalar), fill);
      yield [name, assigned && text !== undefined ? { text: text.slice(name.length + 1), range } : { range }];
    }
  }
}
