/** What the rules about engines say, on real SQLAlchemy and Flask-SQLAlchemy: how large pools are, and that fixed programs are taken. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Engine } from '../../server/src/engine.ts';
import { engineRows } from '../../server/src/knowledge/engines.ts';
import { enginesOf, settingOf } from '../../server/src/workspace/engines.ts';
import { Project } from '../../server/src/workspace/project.ts';
import { grammars } from '../grammars.ts';
import { runPython } from '../python.ts';
import { filesOf, render, sections } from '../spec.ts';

type Files = Readonly<Record<string, string>>;

/** What a pool is like. */
interface Pool {
  readonly size: unknown;
  readonly overflow: unknown;
  readonly echo: unknown;
}

const show = `
import json
made = engine() if callable(engine) else engine
pool = made.pool
print(json.dumps({"size": pool.size(), "overflow": pool._max_overflow, "echo": bool(made.echo)}))
`;

/** What `engine` of a program is really like. */
async function real(files: Files): Promise<Pool> {
  return JSON.parse((await runPython({ ...files, 'main.py': `${files['main.py']}${show}` })).trim().split('\n').at(-1)!) as Pool;
}

/** What we read of it. */
async function read(files: Files): Promise<Pool> {
  const engine = await Engine.create(grammars);
  const project = new Project();
  for (const [name, text] of Object.entries(files)) {
    engine.set(name, text);
    project.set(engine.facts(name)!);
  }
  const [one, ...others] = enginesOf(engine.facts('main.py')!, project);
  assert.ok(one && others.length === 0 && one.complete);
  const value = (name: string, standard: unknown): unknown => {
    if (!one.settings.has(name)) return standard;
    const known = settingOf(one, name, project);
    assert.ok(known, `${name} is not known`);
    return known.value;
  };
  return { size: value('pool_size', one.row.default_size), overflow: value('max_overflow', one.row.default_overflow), echo: value('echo', false) };
}

const url = '"postgresql+psycopg2://app@localhost/app"';
const flask = `
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = ${url}
`;
const madeByFlask = `

def engine():
    with app.app_context():
        return db.engine
`;

const programs: Readonly<Record<string, Files>> = {
  'the defaults': { 'main.py': `from sqlalchemy import create_engine\nengine = create_engine(${url})\n` },
  'the defaults of an asynchronous engine': { 'main.py': 'from sqlalchemy.ext.asyncio import create_async_engine\nengine = create_async_engine("postgresql+asyncpg://app@localhost/app")\n' },
  'arguments': { 'main.py': `from sqlalchemy import create_engine\nengine = create_engine(${url}, pool_size=7, max_overflow=0, echo=True)\n` },
  'a dictionary that grows': { 'main.py': `import sqlalchemy as sa\noptions = {"pool_size": 3}\noptions["echo"] = True\noptions.update(max_overflow=4)\nengine = sa.create_engine(${url}, **{**options, "pool_timeout": 3})\n` },
  'what a function gives': { 'main.py': `from sqlalchemy import create_engine\nfrom settings import options\nengine = create_engine(${url}, **options())\n`, 'settings.py': 'SIZE = 9\n\n\ndef options():\n    return dict(pool_size=SIZE, max_overflow=2)\n' },
  'a class of settings': { 'main.py': `from sqlalchemy import create_engine\nfrom settings import Settings\nsettings = Settings()\nengine = create_engine(${url}, pool_size=settings.size, max_overflow=settings.overflow)\n`, 'settings.py': 'class Base:\n    size = 6\n    overflow = 1\n\n\nclass Settings(Base):\n    overflow = 8\n' },
  'the default of a variable': { 'main.py': `import os\nfrom sqlalchemy import create_engine\nSIZE = int(os.environ.get("UNBLOCK_TEST_POOL_SIZE", 11))\nengine = create_engine(${url}, pool_size=SIZE)\n` },
  'Flask-SQLAlchemy, its defaults': { 'main.py': `${flask}db = SQLAlchemy(app)\n${madeByFlask}` },
  'Flask-SQLAlchemy 3, old settings': { 'main.py': `${flask}app.config["SQLALCHEMY_POOL_SIZE"] = 20\napp.config["SQLALCHEMY_MAX_OVERFLOW"] = 30\ndb = SQLAlchemy(app)\n${madeByFlask}` },
  'Flask-SQLAlchemy, options of the application': { 'main.py': `${flask}app.config.from_mapping(SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 20, "max_overflow": 30})\ndb = SQLAlchemy(app)\n${madeByFlask}` },
  'Flask-SQLAlchemy, a class by its name': { 'main.py': `${flask}app.config.from_object("settings.Production")\ndb = SQLAlchemy(app)\n${madeByFlask}`, 'settings.py': 'class Base:\n    SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 2}\n\n\nclass Production(Base):\n    DEBUG = False\n\n\nclass Unused:\n    SQLALCHEMY_ENGINE_OPTIONS = {"max_overflow": 99}\n' },
  'Flask-SQLAlchemy, options of the extension': { 'main.py': `${flask}db = SQLAlchemy(app, engine_options={"pool_size": 4})\n${madeByFlask}` },
};

/** A section of a page, and its files after all fixes. */
async function fixed(page: string, title: string): Promise<{ readonly before: Files; readonly after: Files }> {
  const section = sections(readFileSync(path.join(import.meta.dirname, '../../docs/rules', page), 'utf8')).find((one) => one.title === title);
  assert.ok(section, title);
  const before = Object.fromEntries(filesOf(section));
  const rendered = await render(section, 'en');
  const after: Record<string, string> = { ...before };
  for (const fix of rendered.fixes) if (page.startsWith(fix.diagnostic.rule)) Object.assign(after, Object.fromEntries(fix.after));
  assert.notDeepEqual(after, before);
  return { before, after };
}

describe('Engines, on real libraries', function () {
  this.timeout(300_000);

  for (const [name, files] of Object.entries(programs)) {
    it(`reads what the pool is like: ${name}`, async () => assert.deepEqual(await read(files), await real(files)));
  }

  it('knows the defaults of other pools', async () => {
    const printed = JSON.parse(await runPython({ 'main.py': 'import inspect, json, asyncpg\nprint(json.dumps(inspect.signature(asyncpg.create_pool).parameters["max_size"].default))\n' })) as unknown;
    assert.equal(engineRows.get('asyncpg.create_pool')!.default_size, printed);
  });

  it('writes arguments that SQLAlchemy takes: engine-pool-unset', async () => {
    const { after } = await fixed('engine-pool-unset.md', 'Bad');
    const program = after['main.py']!.replace(/^(?:from fastapi.*|app = .*)$/gm, '');
    assert.deepEqual(await real({ 'main.py': program }), { size: 10, overflow: 10, echo: false });
  });

  it('writes options that Flask-SQLAlchemy takes: engine-pool-unset', async () => {
    const { after } = await fixed('engine-pool-unset.md', 'Bad: Flask-SQLAlchemy');
    assert.deepEqual(await real({ 'main.py': after['main.py']! + madeByFlask }), { size: 10, overflow: 10, echo: false });
  });

  it('makes settings heard that were not: engine-setting-ignored', async () => {
    const { before, after } = await fixed('engine-setting-ignored.md', 'Bad');
    const main = `from shop.app import app, db\n${madeByFlask}`;
    assert.equal((await real({ ...before, 'shop/__init__.py': '', 'main.py': main })).size, 5);
    assert.equal((await real({ ...after, 'shop/__init__.py': '', 'main.py': main })).size, 20);
  });

  it('asks nothing of SQLite that its pools refuse', async () => {
    const main = `
import asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

for refused in ({"pool_size": 10, "max_overflow": 10}, {"max_overflow": 10}):
    try:
        create_engine("sqlite://", **refused)
    except TypeError:
        print("refused")
for url in ("sqlite://", "sqlite:///app.db"):
    with create_engine(url, pool_pre_ping=True, pool_recycle=1800).connect() as connection:
        print(connection.execute(text("select 1")).scalar())

async def main():
    for url in ("sqlite+aiosqlite://", "sqlite+aiosqlite:///app.db"):
        engine = create_async_engine(url, pool_pre_ping=True, pool_recycle=1800)
        async with engine.connect() as connection:
            print((await connection.execute(text("select 1"))).scalar())
        await engine.dispose()

asyncio.run(main())
`;
    assert.deepEqual((await runPython({ 'main.py': main })).split('\n'), ['refused', 'refused', '1', '1', '1', '1', '']);
  });

  it('answers the same without the log: sqlalchemy-echo', async () => {
    const { before, after } = await fixed('sqlalchemy-echo.md', 'Bad: an argument');
    const program = (text: string): string => `${text.replace(/^(?:from fastapi.*|app = .*)$/gm, '').replace('postgresql+asyncpg://shop@db/shop', 'sqlite+aiosqlite:///shop.db')}
import asyncio
from sqlalchemy import text

async def main():
    async with engine.connect() as connection:
        print("answer", (await connection.execute(text("select 42"))).scalar())
    await engine.dispose()

asyncio.run(main())
`;
    const [noisy, quiet] = [await runPython({ 'main.py': program(before['main.py']!) }), await runPython({ 'main.py': program(after['main.py']!) })];
    assert.match(noisy, /select 42/);
    assert.match(noisy, /answer 42/);
    assert.equal(quiet, 'answer 42\n');
  });
});
