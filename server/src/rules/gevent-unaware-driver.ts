/** Drivers that wait in C, in programs that run in greenlets. */

import type { Driver } from '../knowledge/drivers.ts';
import { defineMessages, defineRule, type Message } from '../rule.ts';
import { driverUses } from '../workspace/drivers.ts';
import { importsAsgi, type Greenlets } from '../workspace/greenlets.ts';

const messages = defineMessages('gevent-unaware-driver', {
  call: '`{driver}` waits in C, where {library}’s patches do not reach: while it waits, every client of this process waits. Call `{call}` once at start-up, after the patching',
  instead: '`{driver}` waits in C, where {library}’s patches do not reach: while it waits, every client of this process waits. Use `{instead}`, which waits in Python, or run its calls in `{pool}`',
  pool: '`{driver}` waits in C, where {library}’s patches do not reach: while it waits, every client of this process waits. Run its calls in `{pool}`',
  switch: '`{call}` makes `{driver}` wait in C, where {library}’s patches do not reach: while it waits, every client of this process waits. Leave it out, or run the driver’s calls in `{pool}`',
  required: '`{driver}` is what such a URL connects with',
  greenlets: 'runs in {library} greenlets',
});

const pools = { gevent: 'gevent.get_hub().threadpool', eventlet: 'eventlet.tpool' };

export default defineRule({
  id: 'gevent-unaware-driver',
  summary: 'A driver waits in C, where patching the standard library does not reach, and stops every greenlet of the process.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  concerns: (file, workspace) => file.language === 'python' && workspace.greenlets() !== undefined,

  *check(file, workspace) {
    const hub = workspace.greenlets();
    if (!hub?.patched || generated.test(file.path) || importsAsgi(file) || workspace.isScript(file)) return;
    for (const { driver, range, required } of driverUses(file, workspace)) {
      if (hub.green.has(driver.name)) continue;
      const notes = [
        ...(required ? [{ ...required, message: messages.required({ driver: driver.name }) }] : []),
        { ...hub.evidence, message: messages.greenlets({ library: hub.library }) },
      ];
      yield { range, message: remedy(driver, hub.library), notes };
    }
  },
});

/** What Protocol Buffers write: nobody edits it. */
const generated = /_pb2(_grpc)?\.py$/;

function remedy(driver: Driver, library: Greenlets['library']): Message {
  const values = { driver: driver.name, library, pool: pools[library] };
  const call = driver.call?.[library];
  if (call) return messages.call({ ...values, call });
  if (driver.switch) return messages.switch({ ...values, call: driver.switch });
  return driver.instead ? messages.instead({ ...values, instead: driver.instead }) : messages.pool(values);
}
