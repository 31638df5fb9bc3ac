/** Redis' `KEYS`, which stops the server for everybody. */

import type { Call, Expression, Facts } from '../facts.ts';
import { scanFixes } from '../fixes/scan.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { isTest } from '../findings/aside.ts';
import { lastLine } from '../findings/lines.ts';

const messages = defineMessages('redis-keys', {
  keys: '`KEYS` walks the whole Redis database in one command while every other client waits; walk it in steps with `{method}`',
  cluster: '`KEYS` makes one node of the cluster walk all its keys while every other client waits, and leaves the other nodes out; `scan_iter` walks all of them in steps',
  pipeline: '`KEYS` walks the whole Redis database in one command while every other client waits; take it out of the pipeline and walk the keys in steps with `scan_iter`',
});

type Client = 'redis' | 'async redis' | 'cluster' | 'pipeline' | 'django';

export default defineRule({
  id: 'redis-keys',
  summary: '`KEYS` walks the whole Redis database in one command, and every other client waits until it is done.',
  level: 'warning',
  fix: 'unsafe', // SCAN may return a key twice, and miss one that comes or goes meanwhile.
  messages: messages.texts,

  concerns: (file) => listingKeys.mayBeIn(file) && !isTest(file.path),

  *check(file, workspace) {
    for (const call of listingKeys(file)) {
      if (call.callee.kind !== 'attribute' || call.callee.name !== 'keys') continue;
      const client = clientOf(file, workspace, call, call.callee.object);
      if (client === undefined) continue;
      const range = lastLine(file, call.calleeRange);
      if (client === 'cluster' || client === 'pipeline') {
        yield { range, message: messages[client]() };
        continue;
      }
      const method = client === 'django' ? 'iter_keys' : 'scan_iter';
      // A keyword that `scan_iter` does not know sends the command elsewhere.
      const plain = call.arguments.length <= 1 && call.arguments.every(({ name }) => name === undefined || name === 'pattern' || name === 'search');
      yield { range, message: messages.keys({ method }), ...(plain ? { fixes: () => scanFixes(file, call, method, client === 'async redis') } : {}) };
    }
  },
});

const listingKeys = callsNamed(['keys']);

function clientOf(file: Facts, workspace: Workspace, call: Call, object: Expression): Client | undefined {
  const target = workspace.target(file, call);
  if (target?.definition !== undefined) return undefined; // a wrapper of the workspace: its own body is judged
  const types = new Set(workspace.types(file, object, call.scope, call.start));
  if (target !== undefined && target.name.endsWith('.keys')) types.add(target.name.slice(0, -'.keys'.length));
  for (const type of types) {
    const client = clientOfType(type);
    if (client !== undefined) return client;
  }
  // A class of the workspace or a built-in is known not to be a client; of another library's object, nothing is known.
  if ([...types].some((type) => /^(builtins|collections|typing)\./.test(type) || workspace.resolveModule(file, type.replace(/\.\w+$/, ''), 0) !== undefined)) return undefined;
  if (!takesPattern(file, call) || !isNamedRedis(file, object)) return undefined;
  if (/pipe(line)?$/i.test(nameOf(file, object) ?? '')) return 'pipeline';
  return call.awaited !== undefined ? 'async redis' : 'redis';
}

function clientOfType(type: string): Client | undefined {
  if (/^(redis|aioredis)\..*Pipeline$/.test(type)) return 'pipeline';
  if (/^redis\.(.*\.)?RedisCluster$/.test(type)) return 'cluster';
  if (/^(redis\.asyncio|aioredis)(\..*)?\.(Strict)?Redis$/.test(type) || /^fakeredis\.(aioredis\.FakeRedis|FakeAsyncRedis)$/.test(type)) return 'async redis';
  if (/^redis\.(client\.|sentinel\.)?(Strict)?Redis$/.test(type) || /^fakeredis\.(_server\.)?Fake(Strict)?Redis$/.test(type)) return 'redis';
  if (type === 'django.core.cache.cache' || type === 'django_redis.cache.RedisCache') return 'django';
  return undefined;
}

/** `dict.keys` takes no argument: one argument that may be a pattern is a strong sign (facts RE-06). */
function takesPattern(file: Facts, call: Call): boolean {
  const [argument] = call.arguments;
  if (argument === undefined || call.arguments.length !== 1 || argument.star !== undefined || (argument.name !== undefined && argument.name !== 'pattern')) return false;
  if (argument.value.kind === 'constant') return typeof argument.value.value === 'string';
  return /^[A-Za-z_]/.test(file.text.slice(argument.valueRange.start, argument.valueRange.end)) || argument.value.kind !== 'unknown';
}

function isNamedRedis(file: Facts, object: Expression): boolean {
  const name = nameOf(file, object);
  if (name === undefined) return false;
  // Flask-Caching keeps its clients in these.
  if (name === '_write_client' || name === '_read_client') return true;
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase().split('_').filter(Boolean);
  const redis = words.some((word) => /^(aio)?redis\d*$/.test(word) || word === 'redisclient' || word === 'rdb');
  return redis && /^((aio)?redis\d*|redisclient|rdb|client|conn|connection|db|cli|cache|master|replica|slave|instance|pool|store|server|async|sync|pipe|pipeline)$/.test(words.at(-1)!);
}

/** The last name of a receiver; of a call, the function's: `get_redis().keys(…)`. */
function nameOf(file: Facts, object: Expression): string | undefined {
  switch (object.kind) {
    case 'name': case 'attribute': return object.name;
    case 'await': return nameOf(file, object.value);
    case 'call': return nameOf(file, file.calls[object.call]!.callee);
    default: return undefined;
  }
}
