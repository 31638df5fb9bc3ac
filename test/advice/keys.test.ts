/** What the fixes of redis-keys do, against a real Redis: the same keys, by other commands. */

import assert from 'node:assert/strict';
import { runPython } from '../python.ts';
import { startRedis, type RedisServer } from '../redis.ts';
import { repaired } from './repair.ts';

interface Form {
  /** Statements that end with `result`, something JSON can say. */
  readonly body: string;
  /** How often a command is called after the fix, where that is certain. */
  readonly calls?: Readonly<Record<string, number>>;
}

/**
 * 1200 keys `user:…`, three others. What a deletion leaves is counted and read, not scanned:
 * `SCAN` may return a key twice while Redis shrinks its table (https://redis.io/docs/latest/commands/scan/).
 */
const forms: Readonly<Record<string, Form>> = {
  'a loop': { body: 'result = []\nfor key in client.keys("user:*"):\n    result.append(key)\nresult.sort()' },
  'a comprehension': { body: 'result = sorted([key.upper() for key in client.keys("other:*")])' },
  'sorted': { body: 'result = sorted(client.keys("user:1*"))' },
  'a count': { body: 'result = len(client.keys("user:*"))' },
  'a list that is kept': { body: 'keys = client.keys(pattern="user:11*")\nresult = [len(keys), sorted(keys)[0]]' },
  'nothing found': { body: 'keys = client.keys("nobody:*")\nresult = [keys, bool(keys)]' },
  'a deletion with a guard': {
    body: 'keys = client.keys("user:*")\nif keys:\n    client.delete(*keys)\nresult = [client.dbsize(), client.mget(*others)]', calls: { unlink: 3 },
  },
  'a deletion without one': { body: 'client.delete(*client.keys("user:*"))\nresult = [client.dbsize(), client.mget(*others)]', calls: { unlink: 3 } },
};

/** The same with `redis.asyncio`. */
const asynchronous: Readonly<Record<string, Form>> = {
  'a loop': { body: 'result = []\nfor key in await client.keys("user:*"):\n    result.append(key)\nresult.sort()' },
  'a comprehension': { body: 'result = sorted([key.upper() for key in await client.keys("other:*")])' },
  'sorted': { body: 'result = sorted(await client.keys("user:1*"))' },
  'a count': { body: 'result = len(await client.keys("user:*"))' },
  'a list that is kept': { body: 'keys = await client.keys("user:11*")\nresult = [len(keys), sorted(keys)[0]]' },
  'a deletion with a guard': {
    body: 'keys = await client.keys("user:*")\nif keys:\n    await client.delete(*keys)\nresult = [await client.dbsize(), await client.mget(*others)]', calls: { unlink: 3 },
  },
  'a deletion without one': {
    body: 'await client.delete(*await client.keys("user:*"))\nresult = [await client.dbsize(), await client.mget(*others)]', calls: { unlink: 3 },
  },
};

const program = (body: string): string => `import json
import os

import redis

client = redis.Redis.from_url(os.environ["REDIS"], decode_responses=True)
others = ["other:1", "other:2", "third"]


def main():
${indented(body)}
    print(json.dumps(result))


main()
`;

const asynchronousProgram = (body: string): string => `import asyncio
import json
import os

import redis.asyncio as redis

client = redis.from_url(os.environ["REDIS"], decode_responses=True)
others = ["other:1", "other:2", "third"]


async def main():
${indented(body)}
    print(json.dumps(result))
    await client.aclose()


asyncio.run(main())
`;

const indented = (body: string): string => body.split('\n').map((line) => `    ${line}`).join('\n');

describe('Fixes of redis-keys, run against a real Redis', function () {
  this.timeout(300_000); // the first time Redis and Python's packages are fetched
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  /** What a program prints, and the commands it sent. */
  async function run(text: string): Promise<{ printed: string; calls: Readonly<Record<string, number>> }> {
    await redis.send('FLUSHALL');
    await redis.send('MSET', ...Array.from({ length: 1200 }, (_, index) => [`user:${index}`, 'x']).flat(), 'other:1', 'a', 'other:2', 'b', 'third', 'c');
    await redis.send('CONFIG', 'RESETSTAT');
    const printed = await runPython({ 'main.py': text }, { REDIS: redis.address });
    return { printed, calls: await redis.calls() };
  }

  for (const [kind, cases, write] of [['redis', forms, program], ['redis.asyncio', asynchronous, asynchronousProgram]] as const) {
    for (const [name, { body, calls }] of Object.entries(cases)) {
      it(`${kind}: ${name}`, async () => {
        const text = write(body);
        const [first, second] = [await run(text), await run(await repaired(text, 'redis-keys'))];
        assert.equal(second.printed, first.printed);
        assert.equal(first.calls['keys'], 1);
        assert.equal(second.calls['keys'], undefined, 'no command walks everything');
        assert.ok((second.calls['scan'] ?? 0) >= 3, JSON.stringify(second.calls));
        for (const [command, count] of Object.entries(calls ?? {})) assert.equal(second.calls[command], count, command);
      });
    }
  }
});
