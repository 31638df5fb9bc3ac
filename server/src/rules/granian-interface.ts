/** Granian with another interface than the application has. */

import { flagEdit, valueEdit } from '../fixes/flag.ts';
import { rangeOfSetting, startsSomething } from '../findings/launches.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import { applicationOf } from '../workspace/applications.ts';
import type { Facts } from '../facts.ts';
import type { Launch, Setting } from '../workspace/launches.ts';

const messages = defineMessages('granian-interface', {
  missing: 'Granian speaks `rsgi` unless told otherwise, and `{application}` is an application for `{interface}`: every request fails. Add `--interface {interface}`',
  wrong: 'Granian is told to speak `{given}`, and `{application}` is an application for `{interface}`: every request fails. Use `--interface {interface}`',
  made: 'The application is made here',
  fix: 'Use `--interface {interface}`',
});

export default defineRule({
  id: 'granian-interface',
  summary: 'Granian speaks another interface than the application behind it: the default `rsgi` fits no common framework.',
  level: 'error',
  fix: 'safe',
  messages: messages.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    for (const launch of workspace.launches(file)) {
      if (launch.program !== 'granian') continue;
      const setting = launch.settings.get('interface');
      if (setting ? setting.value === undefined : !launch.complete) continue;
      const application = applicationOf(launch, workspace);
      const needed = application?.interface;
      // `asginl` is ASGI without the lifespan.
      const given = (setting?.value ?? 'rsgi').replace(/^Interfaces\./, '').toLowerCase();
      if (!application || !needed || given === needed || (given === 'asginl' && needed === 'asgi')) continue;
      const values = { application: launch.application!, interface: needed, given };
      yield {
        range: setting ? rangeOfSetting(file, launch, setting) : launch.range,
        message: setting ? messages.wrong(values) : messages.missing(values),
        ...(application.path !== undefined && application.range && !isLong(workspace.file(application.path)!, application.range) ? { notes: [{ path: application.path, range: application.range, message: messages.made() }] } : {}),
        fixes: () => fixes(file, launch, setting, needed),
      };
    }
  },
});

function isLong(file: Facts, { start, end }: { readonly start: number; readonly end: number }): boolean {
  return file.text.slice(start, end).includes('\n');
}

function fixes(file: Facts, launch: Launch, setting: Setting | undefined, needed: string): readonly Fix[] {
  const edit = setting ? valueEdit(file, launch, setting, needed) : launch.command && flagEdit(file, launch, [{ name: '--interface', value: needed }]);
  return edit ? [{ title: messages.fix({ interface: needed }), safe: true, edits: [edit] }] : [];
}
