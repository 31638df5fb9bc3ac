/** Launches as findings speak of them. */

import type { Facts, Range } from '../facts.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Whether a file starts a server or a Python program. */
export function startsSomething(file: Facts, workspace: Workspace): boolean {
  return workspace.launches(file).length > 0;
}

/** Where a finding about a setting stands: the flag itself, else what gives the value. Within `file`, on one line. */
export function rangeOfSetting(file: Facts, launch: Launch, setting: Setting): Range {
  if (setting.path !== file.path) return launch.range;
  const { start, end } = setting.source === 'flag' && setting.flag ? setting.flag : setting.range;
  const line = file.text.slice(start, end).search(/\r?\n/);
  return { start, end: line === -1 ? end : start + line };
}

/** Whether the surroundings of a launch say that it is a developer's, whatever its flags say. */
export function isForDevelopment({ development, developmentEvidence = '' }: Launch): boolean {
  return development && !/^-|^(?:reload|debug|dev)$/.test(developmentEvidence);
}
