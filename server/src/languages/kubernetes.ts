/** Kubernetes manifests and Helm templates → what their containers start. */

import { isMap, isScalar, isSeq, visit, type Node, type YAMLMap } from 'yaml';
import type { Command } from '../facts.ts';
import { absoluteCandidates, upwards } from '../folders.ts';
import { filled, type FilledText } from './filling.ts';
import { startCommands, type Given, type StartFile } from './starts.ts';
import type { Value } from './words.ts';
import { rangeOf, YamlFile } from './yaml.ts';

/** `$(A)` is replaced by the container's variable, `$$` is a dollar (kubernetes.io, “Define a Command and Arguments for a Container”). */
const reference = /\$\$|\$\(([A-Za-z_][\w.-]*)\)/g;

export function kubernetes(file: StartFile): Command[] {
  // Most YAML of a project is none of a cluster's.
  if (!/^[ \t]*(?:-[ \t]+)?(?:initContainers|containers):/m.test(file.text)) return [];
  const found: Command[] = [];
  for (const yaml of YamlFile.read(file.text)) {
    const { root } = yaml;
    if (!root) continue;
    visit(root, {
      Map: (_, map) => {
        for (const key of ['initContainers', 'containers']) {
          const containers = yaml.at(map, key);
          if (!isSeq(containers)) continue;
          for (const item of containers.items) {
            const container = yaml.followed(item);
            if (isMap(container)) found.push(...containerCommands(file, yaml, container));
          }
        }
      },
    });
  }
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

function containerCommands(file: StartFile, yaml: YamlFile, container: YAMLMap): Command[] {
  const environment = environmentOf(yaml, yaml.at(container, 'env'));
  const fill = filling(environment);
  const list = (key: string): Given | undefined => {
    const node = yaml.at(container, key);
    const given = yaml.given(node, fill);
    // A list that a template makes: `args: {{ toYaml .Values.args }}`.
    if (given?.kind === 'text') return { kind: 'list', words: [{ word: { ...within(node!), text: '', many: true, indirect: true }, inside: given.source }], form: 'json' };
    return given;
  };
  const [command, args] = [list('command'), list('args')];
  if ((yaml.at(container, 'command') && !command) || (yaml.at(container, 'args') && !args)) return [];
  const directory = yaml.stringAt(container, 'workingDir');
  const folders = upwards(file.folder);
  return startCommands(file, command, args, { directories: directory === undefined ? folders : absoluteCandidates(directory, folders), environment });
}

function within(node: Node): { readonly start: number; readonly end: number } {
  return { start: node.range![0], end: Math.max(node.range![1], node.range![0] + 1) };
}

function filling(environment: ReadonlyMap<string, Value>): (text: FilledText) => FilledText {
  return (text) => filled(text, reference, ([whole, name]) => (whole === '$$' ? '$' : environment.get(name!)?.text));
}

function environmentOf(yaml: YamlFile, node: Node | undefined): ReadonlyMap<string, Value> {
  const environment = new Map<string, Value>();
  if (!isSeq(node)) return environment;
  for (const item of node.items) {
    const variable = yaml.followed(item);
    const name = isMap(variable) ? yaml.at(variable, 'name') : undefined;
    if (!isMap(variable) || !isScalar(name) || !name.range) continue;
    environment.set(String(name.value), yaml.value(yaml.at(variable, 'value'), rangeOf(name), filling(environment)));
  }
  return environment;
}
