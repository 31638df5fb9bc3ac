/** Celery workers that carry the scheduler of periodic tasks in themselves. */

import { rangeOfSetting, startsSomething } from '../findings/launches.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { greenletsOf, isOn } from '../workspace/launches.ts';

const messages = defineMessages('celery-embedded-beat', {
  beat: '`{flag}` puts the scheduler into this worker: a second worker with it runs every periodic task twice, and a crash takes both down. Start `celery beat` as one process of its own',
  green: '`{flag}` does not work with the `{pool}` pool: Celery ends with `ImproperlyConfigured`. Start `celery beat` as one process of its own',
});

export default defineRule({
  id: 'celery-embedded-beat',
  summary: '`celery worker --beat` runs the scheduler of periodic tasks inside a worker, once for each worker.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    for (const launch of workspace.launches(file)) {
      const beat = launch.settings.get('beat');
      if (launch.program !== 'celery worker' || !beat || !isOn(beat)) continue;
      const pool = greenletsOf(launch);
      // A pool of greenlets refuses it everywhere; otherwise it is a developer's convenience.
      if (!pool && launch.development) continue;
      const flag = beat.flag?.value ?? '-B';
      const values = { flag: flag.startsWith('--') ? flag : '-B' };
      yield { range: rangeOfSetting(file, launch, beat), ...(pool ? { level: 'error', message: messages.green({ ...values, pool }) } : { message: messages.beat(values) }) };
    }
  },
});
