/** Files that tell a hosting platform what to run: DigitalOcean's `app.yaml` (`run_command`), Render's `render.yaml` (`startCommand`). */

import { isMap, isScalar, isSeq, visit } from 'yaml';
import type { Command } from '../facts.ts';
import { upwards } from '../folders.ts';
import { startCommands, type StartFile } from './starts.ts';
import type { Value } from './words.ts';
import { rangeOf, YamlFile } from './yaml.ts';

const commandKeys = ['run_command', 'startCommand'] as const;

/** The commands that a platform runs in a shell, each with the environment written beside it. */
export function appSpec(file: StartFile): Command[] {
  if (!/^[ \t]*(?:-[ \t]+)?(?:run_command|startCommand):/m.test(file.text)) return [];
  const found: Command[] = [];
  for (const yaml of YamlFile.read(file.text)) {
    const { root } = yaml;
    if (!root) continue;
    visit(root, {
      Map: (_, component) => {
        for (const key of commandKeys) {
          const given = yaml.given(yaml.at(component, key), (text) => text);
          if (given?.kind !== 'text') continue;
          const environment = new Map<string, Value>();
          const variables = yaml.at(component, 'envs') ?? yaml.at(component, 'envVars');
          if (isSeq(variables)) {
            for (const item of variables.items) {
              const variable = yaml.followed(item);
              const name = isMap(variable) ? yaml.at(variable, 'key') : undefined;
              if (isMap(variable) && isScalar(name) && name.range) environment.set(String(name.value), yaml.value(yaml.at(variable, 'value'), rangeOf(name), (text) => text));
            }
          }
          found.push(...startCommands(file, undefined, { ...given, shell: true }, { directories: upwards(file.folder), environment }));
        }
      },
    });
  }
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}
