/** Findings of the `blocking-*` rules: one for each place on the loop or hub that blocks, with its chain and its fixes. */

import type { Facts } from '../facts.ts';
import { offloadFixes } from '../fixes/offload.ts';
import { defineMessages, type Finding, type Fix, type Note, type Option, type OptionValue } from '../rule.ts';
import type { BlockingSite, Workspace } from '../workspace/workspace.ts';

export const blockingMessages = defineMessages('blocking', {
  direct: '`{call}` blocks the event loop: every other client waits until it returns. Use {alternative}',
  django: '`{call}` reaches Django\'s synchronous ORM (`{primitive}`) on the event loop: Django raises `SynchronousOnlyOperation` there, and where that is switched off every other client waits. Use {alternative}',
  iterate: 'Iterating over `{call}` blocks the event loop: every other client waits at each step. Use {alternative}',
  through: '`{call}` blocks the event loop through `{primitive}`: every other client waits until it returns. Run it in a thread, or use {alternative} below',
  throughMany: '`{call}` blocks the event loop through `{primitive}` (one of {count} such calls below it): every other client waits until it returns. Run it in a thread, or use {alternative} below',
  greenlet: '`{call}` blocks the hub of greenlets: every client of this process waits until it returns. Run it in `gevent.get_hub().threadpool`',
  eventlet: '`{call}` blocks the hub of greenlets: every client of this process waits until it returns. Run it with `eventlet.tpool.execute`',
  unpatched: '`{call}` blocks the hub of greenlets, because nothing patches the standard library for {library}: every client of this process waits until it returns. Patch first, or let Flask-SocketIO use threads',
  step: '{step}/{steps} `{call}` is called here — {module}',
  implementation: '{step}/{steps} `{call}` implements it here — {module}',
  primitive: '{step}/{steps} `{call}` blocks here — {module}',
});

export const blockingOptions = {
  scripts: { description: 'Also report coroutines of tests, migrations and scripts that nothing imports.', default: false },
} satisfies Record<string, Option>;

/** Whether anything in a file blocks a loop or hub. */
export function blocksAnywhere(file: Facts, workspace: Workspace): boolean {
  return workspace.blockingSites(file).length > 0;
}

/** Findings of `rule` in a file. `direct` may give fixes of the rule's own for a direct call, in place of running it in a thread. */
export function* blockingFindings(rule: string, file: Facts, workspace: Workspace, options: Readonly<Record<string, OptionValue>>, direct?: (site: BlockingSite, file: Facts) => readonly Fix[] | undefined): Iterable<Finding> {
  for (const site of workspace.blockingSites(file)) {
    if (site.row.rule !== rule) continue;
    if (site.place.kind === 'script' && options['scripts'] !== true) continue;
    const level = levelOf(site);
    yield {
      range: site.range,
      message: messageOf(site, file),
      ...(level ? { level } : {}),
      ...(site.steps.length > 1 ? { notes: notesOf(site) } : {}),
      fixes: () => (site.steps.length === 1 && direct?.(site, file)) || offloadFixes(site, file, workspace),
    };
  }
}

/** Cheap calls, what runs before anybody is served, and small file work under gevent are hints; everything else reports at the rule's level. */
function levelOf(site: BlockingSite): 'hint' | undefined {
  if (site.row.cost === 'low' || site.place.startup) return 'hint';
  return site.place.kind === 'greenlet' && (site.row.rule === 'blocking-file-io' || site.row.rule === 'blocking-cpu') ? 'hint' : undefined;
}

function messageOf(site: BlockingSite, file: Facts) {
  // A method is told as it is written, anything else as its library calls it.
  const written = file.text.slice(site.range.start, site.range.end);
  const direct = site.steps.length === 1 && (site.kind === 'iterate' || site.row.kind === 'method') && written.length <= 60;
  const call = direct ? written : site.steps[0]!.name;
  const primitive = site.steps.at(-1)!.name;
  const { alternative } = site.row;
  const { hub } = site.place;
  if (hub) return hub.patched ? (hub.library === 'gevent' ? blockingMessages.greenlet({ call: primitive }) : blockingMessages.eventlet({ call: primitive })) : blockingMessages.unpatched({ call: primitive, library: hub.library });
  if (site.row.name.startsWith('django.db.')) return blockingMessages.django({ call, primitive, alternative });
  if (site.steps.length === 1) return site.kind === 'iterate' ? blockingMessages.iterate({ call, alternative }) : blockingMessages.direct({ call, alternative });
  if (site.others === 0) return blockingMessages.through({ call, primitive, alternative });
  return blockingMessages.throughMany({ call, primitive, alternative, count: String(site.others + 1) });
}

function notesOf(site: BlockingSite): readonly Note[] {
  const steps = String(site.steps.length);
  return site.steps.map((step, index) => {
    const values = { step: String(index + 1), steps, call: step.name, module: step.module };
    const message = index === site.steps.length - 1 ? blockingMessages.primitive : step.implements ? blockingMessages.implementation : blockingMessages.step;
    return {
      path: step.path, range: step.range, message: message(values),
      ...(step.model === undefined ? {} : { model: step.model }),
    };
  });
}
