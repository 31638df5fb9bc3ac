/** What the fixes of the rules about asyncio do, in a real CPython. */

import assert from 'node:assert/strict';
import { runPython } from '../python.ts';
import { repaired } from './repair.ts';

/** A module of which the programs know nothing: `fetch` counts how many of it run at a time, `report` prints the highest count. */
const counting = `import asyncio
import json

running = most = 0


async def fetch(value, factor=2):
    global running, most
    running += 1
    most = max(most, running)
    for _ in range(1 + value % 3):
        await asyncio.sleep(0)
    running -= 1
    return value * factor


async def fetch_pair(value):
    return [await fetch(value), value]


def report(result):
    print(json.dumps({"result": result, "most": most}))
`;

interface Report {
  readonly result: unknown;
  readonly most: number;
}

const run = async (program: string): Promise<Report> => JSON.parse(await runPython({ 'main.py': program, 'counting.py': counting })) as Report;

/** Runs a program before and after the fix of a rule: the same result. */
async function compared(body: string, rule: string, title?: string): Promise<{ before: number; after: number; text: string }> {
  const program = `import asyncio\n\nfrom counting import fetch, fetch_pair, report\n\n\n${body}\n`;
  const text = await repaired(program, rule, title);
  const [before, after] = [await run(program), await run(text)];
  assert.deepEqual(after.result, before.result, text);
  return { before: before.most, after: after.most, text };
}

describe('Fixes of serial-await, run', function () {
  this.timeout(300_000); // the first time Python's packages are installed

  const forms: Readonly<Record<string, string>> = {
    'a list that is filled': 'results = []\n    for number in numbers:\n        results.append(await fetch(number))',
    'a list that has something already': 'results = [0]\n    results.append(1)\n    for number in numbers:\n        value = await fetch(number, factor=3)\n        results.append(value)',
    'a list that is extended': 'results = []\n    for number in numbers:\n        results.extend(await fetch_pair(number))',
    'a condition': 'results = []\n    for number in numbers:\n        if number % 5 or number == 5:\n            results.append(await fetch(number))',
    'a dictionary': 'results = {}\n    for number in numbers:\n        results[number] = await fetch(number)',
    'a dictionary with a key of its own': 'results = {}\n    for index, number in enumerate(numbers):\n        results[f"{index}-{number}"] = await fetch(number)',
    'a list comprehension': 'results = [await fetch(number) for number in numbers if number != 3]',
    'a dictionary comprehension': 'results = {number: await fetch(number) for number in numbers}',
    'a set comprehension': 'results = sorted({await fetch(number) for number in numbers})',
    'an indexed comprehension': 'results = [await fetch(number) for number in numbers][1:]',
    'nothing to do': 'results = []\n    for number in []:\n        results.append(await fetch(number))',
  };
  for (const [name, body] of Object.entries(forms)) {
    const program = `async def main(numbers):\n    ${body}\n    report(results)\n\n\nasyncio.run(main([5, 3, 8, 1, 4, 7, 9, 2, 6, 10, 12, 11]))`;
    it(`${name}: all at once`, async () => {
      const { before, after } = await compared(program, 'serial-await', 'Run all at once with `asyncio.gather`');
      if (name !== 'nothing to do') assert.deepEqual([before, after > 9], [1, true]);
    });
    it(`${name}: some at a time`, async () => {
      const { before, after } = await compared(program, 'serial-await', 'Run 10 at a time');
      if (name !== 'nothing to do') assert.deepEqual([before, after], [1, 10]);
    });
  }

  it('a list that is filled: in a group of tasks', async () => {
    const { before, after, text } = await compared(`async def main(numbers):\n    ${forms['a list that is filled']}\n    report(results)\n\n\nasyncio.run(main([5, 3, 8, 1, 4, 7, 9, 2, 6, 10, 12, 11]))`, 'serial-await', 'Run all at once in an `asyncio.TaskGroup`');
    assert.deepEqual([before, after > 9], [1, true]);
    assert.match(text, /async with asyncio\.TaskGroup\(\)/);
  });

  it('awaits in a row', async () => {
    const { before, after } = await compared(`
async def main(load, read):
    first = await load(3)
    # Both are there.
    second = await read(
        5,
        factor=7,
    )
    third = await load(second)
    report([first, second, third])


asyncio.run(main(fetch, fetch))`, 'serial-await');
    assert.deepEqual([before, after], [1, 2]);
  });
});

/** A server on this machine that counts how many requests it has at a time. */
const server = `
import asyncio
import json

import httpx

running = most = 0


async def answer(reader, writer):
    global running, most
    running += 1
    most = max(most, running)
    request = await reader.readuntil(b"\\r\\n\\r\\n")
    for _ in range(20):
        await asyncio.sleep(0)
    body = request.split()[1]
    running -= 1
    writer.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
    await writer.drain()
    writer.close()
`;

describe('Fixes of unbounded-gather, run against a real server', function () {
  this.timeout(300_000);

  const forms: Readonly<Record<string, string>> = {
    'a generator': 'pages = await asyncio.gather(*(client.get(url) for url in urls))',
    'a list of tasks': 'tasks = [asyncio.create_task(client.get(url)) for url in urls if url]\n        pages = await asyncio.gather(*tasks)',
    'a loop that appends': 'tasks = []\n        for index, url in enumerate(urls):\n            address = f"{url}?{index}"\n            tasks.append(client.get(address))\n        pages = await asyncio.gather(*tasks)',
  };
  for (const [name, body] of Object.entries(forms)) {
    it(name, async () => {
      const program = `${server}

async def load(urls):
    async with httpx.AsyncClient() as client:
        ${body}
        return [page.text for page in pages]


async def main():
    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    result = await load([f"http://127.0.0.1:{port}/{number}" for number in range(40)])
    print(json.dumps({"result": result, "most": most}))


asyncio.run(main())
`;
      const text = await repaired(program, 'unbounded-gather');
      const [before, after] = [await run(program), await run(text)];
      assert.deepEqual(after.result, before.result);
      assert.equal((after.result as readonly unknown[]).length, 40);
      assert.ok(before.most > 10, `${before.most}`);
      assert.ok(after.most <= 10, `${after.most}`);
    });
  }
});

describe('Fixes of unbounded-queue, run', function () {
  this.timeout(300_000);

  it('a socket that reads slowly', async () => {
    const program = `
import asyncio
import json

most = 0


class Socket:
    received = []

    async def send_text(self, text):
        await asyncio.sleep(0)
        self.received.append(text)


async def stream(websocket, feed):
    queue = asyncio.Queue()

    async def produce():
        global most
        for text in feed:
            await queue.put(text)
            most = max(most, queue.qsize())
        await queue.put(None)

    producer = asyncio.create_task(produce())
    while (text := await queue.get()) is not None:
        await websocket.send_text(text)
    await producer


asyncio.run(stream(Socket(), [str(number) for number in range(1000)]))
print(json.dumps({"result": Socket.received, "most": most}))
`;
    const text = await repaired(program, 'unbounded-queue');
    const [before, after] = [await run(program), await run(text)];
    assert.deepEqual(after.result, before.result);
    assert.equal(before.most, 1000);
    assert.equal(after.most, 100);
  });
});

describe('Fixes of dropped-task, run', function () {
  this.timeout(300_000);

  it('the task is there until it is done', async () => {
    // It waits for what only it knows, so nothing but a reference keeps it.
    const program = `
import asyncio
import gc
import json
import weakref

seen = []
waiting = []


async def work(name):
    seen.append(name)
    future = asyncio.get_running_loop().create_future()
    waiting.append(weakref.ref(future))
    await future
    seen.append(f"{name} done")


async def start():
    asyncio.create_task(work("first"))
    asyncio.create_task(
        work("second"),  # and more
    )


async def main():
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    await start()
    await asyncio.sleep(0)
    gc.collect()
    for future in waiting:
        if future() is not None:
            future().set_result(None)
    del future
    for _ in range(3):
        await asyncio.sleep(0)
    print(json.dumps({"result": sorted(seen), "most": len(globals().get("background_tasks", []))}))


asyncio.run(main())
`;
    const text = await repaired(program, 'dropped-task');
    const [before, after] = [await run(program), await run(text)];
    assert.deepEqual(before.result, ['first', 'second']);
    assert.deepEqual(after, { result: ['first', 'first done', 'second', 'second done'], most: 0 });
  });
});

describe('Fixes of unawaited-coroutine, run', function () {
  this.timeout(300_000);

  it('what was dropped is done, in its place', async () => {
    const program = `
import asyncio
import json
import warnings

warnings.simplefilter("ignore")
seen = []


async def record(name):
    seen.append(name)


async def main():
    seen.append("before")
    record("cancelled")
    seen.append("after")


asyncio.run(main())
print(json.dumps({"result": seen, "most": 0}))
`;
    const text = await repaired(program, 'unawaited-coroutine');
    assert.deepEqual([(await run(program)).result, (await run(text)).result], [['before', 'after'], ['before', 'cancelled', 'after']]);
  });
});
