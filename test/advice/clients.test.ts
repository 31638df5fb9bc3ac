/** What the rules about clients and sessions say, on real libraries: fixed programs answer the same, and what is called an error is one. */

import assert from 'node:assert/strict';
import { Engine } from '../../server/src/engine.ts';
import { grammars } from '../grammars.ts';
import { runPython } from '../python.ts';

/** A program after the first fix of every finding of a rule; the last first, so that places stay right. */
async function fixed(rule: string, program: string): Promise<{ readonly text: string; readonly findings: number }> {
  const engine = await Engine.create(grammars);
  engine.set('app.py', program);
  const edits = engine.check('app.py').filter((one) => one.rule === rule).flatMap((one) => one.fixes?.()[0]?.edits ?? []);
  const text = [...edits].sort((a, b) => b.range.start - a.range.start).reduce((before, { range, text: written }) => before.slice(0, range.start) + written + before.slice(range.end), program);
  return { text, findings: edits.length };
}

/** A server that gives back what it was asked, and does not answer `/silent` until it ends. */
const server = `
import http.server, json, threading

done = threading.Event()

class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        if self.path == "/silent":
            done.wait()
        data = json.dumps({"method": self.command, "path": self.path, "body": body}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_GET

    def log_message(self, *given):
        pass

served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
served.daemon_threads = True
threading.Thread(target=served.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{served.server_port}"
`;

describe('http-without-timeout, on real libraries', function () {
  this.timeout(300_000);

  const program = `import json
import urllib.request

import requests
from flask import Flask

from server import address

app = Flask(__name__)
session = requests.Session()


@app.get("/all")
def everything():
    with urllib.request.urlopen(f"{address}/open") as answer:
        opened = json.load(answer)
    return [
        requests.get(f"{address}/get", params={"a": 1}).json(),
        requests.post(
            f"{address}/post",
            json={"a": 1},
        ).json(),
        requests.request("PUT", f"{address}/put", data="text").json(),
        session.get(f"{address}/session").json(),
        opened,
    ]


@app.get("/requests")
def waiting():
    return requests.get(f"{address}/silent").json()


@app.get("/urllib")
def waiting_too():
    return urllib.request.urlopen(f"{address}/silent").read()
`;

  const run = async (text: string, main: string): Promise<string> => (await runPython({ 'server.py': server, 'app.py': text, 'main.py': `from app import app\nfrom server import done\nclient = app.test_client()\n${main}` })).trim();

  it('answers the same with a timeout', async () => {
    const { text, findings } = await fixed('http-without-timeout', program);
    assert.equal(findings, 7);
    assert.equal(text.split('timeout=30').length - 1, 7);
    const main = 'print(client.get("/all").get_data(as_text=True))\n';
    const answer = await run(program, main);
    assert.match(answer, /"path": ?"\/get\?a=1"/);
    assert.equal(await run(text, main), answer);
  });

  it('ends where the server says nothing', async () => {
    const { text } = await fixed('http-without-timeout', program);
    const main = `
import requests
app.testing = True
for path, error in ("/requests", requests.Timeout), ("/urllib", TimeoutError):
    try:
        client.get(path)
    except error:
        print("ended")
done.set()
`;
    assert.equal(await run(text.replaceAll('timeout=30', 'timeout=0.2'), main), 'ended\nended');
  });
});

describe('client-per-request and the rules about sessions, on real libraries', function () {
  this.timeout(300_000);

  it('a client for each request connects each time, a shared one once', async () => {
    const main = `
import asyncio, http.server, json, threading
import httpx

connections = []

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        connections.append(self.client_address)
        super().setup()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *given):
        pass

served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
served.daemon_threads = True
threading.Thread(target=served.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{served.server_port}/"

async def anew():
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).text

async def main():
    answers = [await anew() for _ in range(5)]
    first = len(connections)
    async with httpx.AsyncClient(trust_env=False) as shared:
        assert answers == [(await shared.get(url)).text for _ in range(5)]
    print(json.dumps([first, len(connections) - first]))

asyncio.run(main())
`;
    assert.deepEqual(JSON.parse(await runPython({ 'main.py': main })), [5, 1]);
  });

  const database = `
import asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine("sqlite+aiosqlite:///data.db", pool_size=1, max_overflow=0, pool_timeout=0.5)
Session = async_sessionmaker(engine)
`;

  it('a session refuses two coroutines at once, and two sessions do not', async () => {
    const main = `${database}
async def main():
    async with Session() as one:
        results = await asyncio.gather(one.scalar(text("select 1")), one.scalar(text("select 2")), return_exceptions=True)
        print(sorted(type(result).__name__ for result in results if isinstance(result, Exception)))
    await engine.dispose()
    wider = async_sessionmaker(create_async_engine("sqlite+aiosqlite:///data.db"))
    async def own(number):
        async with wider() as session:
            return await session.scalar(text(f"select {number}"))
    print(await asyncio.gather(own(1), own(2)))
    await wider.kw["bind"].dispose()

asyncio.run(main())
`;
    const [first, second] = (await runPython({ 'main.py': main })).trim().split('\n');
    assert.equal(first, "['InvalidRequestError']");
    assert.equal(second, '[1, 2]');
  });

  it('a connection is taken from the first statement to the commit', async () => {
    const main = `${database}
async def main():
    async with Session() as session:
        taken = [engine.pool.checkedout()]
        await session.scalar(text("select 1"))
        taken.append(engine.pool.checkedout())
        await session.commit()
        taken.append(engine.pool.checkedout())
        print(taken)
    await engine.dispose()

asyncio.run(main())
`;
    assert.equal((await runPython({ 'main.py': main })).trim(), '[0, 1, 0]');
  });
});
