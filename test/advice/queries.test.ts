/** What the page of `n-plus-one-query` says, on real libraries: the good programs answer the same with a query or two. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runPython } from '../python.ts';
import { startRedis, type RedisServer } from '../redis.ts';
import { filesOf, sections } from '../spec.ts';

const page = sections(readFileSync(path.join(import.meta.dirname, '../../docs/rules/n-plus-one-query.md'), 'utf8'));

/** The files of a section of the page, by its title. */
function programs(title: string): Readonly<Record<string, string>> {
  const section = page.find((one) => one.title === title);
  assert.ok(section, title);
  return Object.fromEntries(filesOf(section));
}

/** What a program answered, and how many round trips each answer took. */
interface Outcome {
  readonly answers: unknown;
  readonly trips: Readonly<Record<string, number>>;
}

async function run(files: Readonly<Record<string, string>>, main: string, variables: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return JSON.parse(await runPython({ ...files, 'main.py': main }, variables)) as Outcome;
}

describe('n-plus-one-query, on real libraries', function () {
  this.timeout(300_000);

  describe('SQLAlchemy', () => {
    const main = `
import json
from sqlalchemy import event
from sqlalchemy.orm import Session
from program import Base, Comment, Post, User, bodies, counts, engine, titles

Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add_all([User(id=n, name=f"user {n}") for n in range(20)])
    session.add_all([Post(id=n, title=f"post {n}", author_id=n) for n in range(20)])
    session.add_all([Comment(id=n, body=f"comment {n}", post_id=n // 2) for n in range(20)])
    session.commit()

asked = []
event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
answers, trips = {}, {}
for function in (titles, bodies, counts):
    asked.clear()
    with Session(engine) as session:
        answers[function.__name__] = function(session)
    trips[function.__name__] = len(asked)
print(json.dumps({"answers": answers, "trips": trips}))
`;

    it('asks once or twice, and answers the same', async () => {
      const bad = await run({ 'program.py': programs('Bad')['main.py']! }, main);
      const good = await run({ 'program.py': programs('Good')['main.py']! }, main);
      assert.deepEqual(bad.trips, { titles: 21, bodies: 21, counts: 21 });
      assert.deepEqual(good.trips, { titles: 1, bodies: 2, counts: 2 });
      assert.deepEqual(good.answers, bad.answers);
      assert.equal((bad.answers as { titles: unknown[] }).titles.length, 20);
    });
  });

  describe('Django', () => {
    const main = `
import json
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["shop"], DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop.models import Customer, Order
from shop.views import customers, orders

with connection.schema_editor() as editor:
    editor.create_model(Customer)
    editor.create_model(Order)
for n in range(20):
    Order.objects.create(customer=Customer.objects.create(name=f"customer {n}"), paid=n % 2 == 0)

answers, trips = {}, {}
for view in (orders, customers):
    with CaptureQueriesContext(connection) as asked:
        answers[view.__name__] = json.loads(view(None).content)
    trips[view.__name__] = len(asked)
print(json.dumps({"answers": answers, "trips": trips}))
`;

    it('asks once, and answers the same', async () => {
      const bad = await run({ ...programs('Bad: Django'), 'shop/__init__.py': '' }, main);
      const good = await run({ ...programs('Good: Django'), 'shop/__init__.py': '' }, main);
      assert.deepEqual(bad.trips, { orders: 11, customers: 21 });
      assert.deepEqual(good.trips, { orders: 1, customers: 1 });
      assert.deepEqual(good.answers, bad.answers);
      assert.equal((bad.answers as { customers: { customers: unknown[] } }).customers.customers.length, 20);
    });
  });

  describe('Redis', () => {
    let server: RedisServer;
    before(async () => void (server = await startRedis()));
    after(() => server.stop());

    const main = `
import json, os
import redis
import program

program.client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
for n in range(20):
    program.client.hset(f"user:{n}", mapping={"name": f"user {n}"})

sent = []
send = redis.connection.Connection.send_packed_command
redis.connection.Connection.send_packed_command = lambda self, *given, **named: (sent.append(1), send(self, *given, **named))[1]
answers = program.profiles(list(range(20)))
print(json.dumps({"answers": answers, "trips": {"profiles": len(sent)}}))
`;

    it('sends twenty commands in one round trip, and answers the same', async () => {
      const variables = { REDIS_URL: server.address };
      const bad = await run({ 'program.py': programs('Bad: Redis, one command at a time')['main.py']! }, main, variables);
      const good = await run({ 'program.py': programs('Good: Redis, in a pipeline')['main.py']! }, main, variables);
      assert.deepEqual(bad.trips, { profiles: 20 });
      assert.deepEqual(good.trips, { profiles: 1 });
      assert.deepEqual(good.answers, bad.answers);
      assert.deepEqual((bad.answers as unknown[])[3], { name: 'user 3' });
    });
  });
});
