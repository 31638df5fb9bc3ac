/** The tables of `server/src/knowledge` keep their own rules. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { drivers } from '../server/src/knowledge/drivers.ts';
import { databases, engineRows } from '../server/src/knowledge/engines.ts';
import { blocking, blockingRow, canonicalType, offLoop, onLoop, returns } from '../server/src/knowledge/index.ts';
import type { AskedRow, BlockingRow, InPlaceRow, OffloadRow, ReturnRow, WalksRow } from '../server/src/knowledge/index.ts';

const folder = new URL('../server/src/knowledge/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const blockingRows = JSON.parse(read('blocking.json')) as readonly BlockingRow[];
const returnRows = JSON.parse(read('returns.json')) as readonly ReturnRow[];
const offloadRows = JSON.parse(read('offload.json')) as Readonly<Record<'off_loop' | 'on_loop', readonly OffloadRow[]>>;
const askedRows = JSON.parse(read('asked.json')) as readonly AskedRow[];
const walksRows = JSON.parse(read('walks.json')) as readonly WalksRow[];
const inPlaceRows = JSON.parse(read('in-place.json')) as readonly InPlaceRow[];

const rules = ['archive', 'cpu', 'database', 'document', 'file-io', 'http', 'input', 'network', 'sleep', 'subprocess', 'wait']
  .map((name) => `blocking-${name}`);
const dotted = /^[A-Za-z_]\w*(\([a-z]*\))?(\.[A-Za-z_]\w*(\([a-z]*\))?)*(\.\*)?$/;
const blockingKeys = ['name', 'rule', 'cost', 'gevent', 'alternative', 'kind', 'unless', 'of', 'lazy', 'note'];
const typeKeys = ['base', 'pure', 'element_of', 'any_method', 'except_methods', 'enter_blocks', 'exit_blocks', 'iter_blocks', 'factory_of', 'carrier'];
const returnKeys = ['call', 'returns', 'is_async', 'attr', 'element', 'op', 'enter', 'decorator', 'note', ...typeKeys];
const askedKeys = ['call', 'asks', 'takes', 'ever', 'told', 'awaits'];
const inPlaceKeys = ['call', 'attr', 'work_arg', 'lazy'];
const walksKeys = ['call', 'attr', 'walks', 'rest', 'lazy'];
const offloadKeys = ['call', 'attr', 'work_arg', 'env', 'returns_wrapper', 'decorator', 'note'];

/** Fails with the offending items, not with a boolean. */
function none<T>(items: readonly T[], what: string): void {
  assert.deepEqual(items, [], what);
}

function line(row: object): string {
  return JSON.stringify(row, null, 1).replace(/\n\s*/g, ' ');
}

function table(rows: readonly object[]): string {
  return `[\n${rows.map(line).join(',\n')}\n]`;
}

/** Names that stand twice, or behind a greater one. */
function misplaced(names: readonly string[]): readonly string[] {
  return names.filter((name, at) => at > 0 && !(names[at - 1]! < name));
}

describe('knowledge: format', () => {
  it('holds one row a line, as it is written again', () => {
    assert.equal(read('blocking.json'), `${table(blockingRows)}\n`);
    assert.equal(read('returns.json'), `${table(returnRows)}\n`);
    for (const name of ['engines.json', 'databases.json']) assert.equal(read(name), `${table(JSON.parse(read(name)) as readonly object[])}\n`);
    assert.equal(read('asked.json'), `${table(askedRows)}\n`);
    assert.equal(read('in-place.json'), `${table(inPlaceRows)}\n`);
    assert.equal(read('walks.json'), `${table(walksRows)}\n`);
    assert.equal(read('offload.json'), `{\n"off_loop": ${table(offloadRows.off_loop)},\n"on_loop": ${table(offloadRows.on_loop)}\n}\n`);
  });

  it('names everything once, in order', () => {
    none(misplaced(blockingRows.map((row) => row.name)), 'blocking.json');
    none(misplaced(returnRows.map((row) => row.call)), 'returns.json');
    none(misplaced(askedRows.map((row) => row.call)), 'asked.json');
    none(misplaced(inPlaceRows.map((row) => row.call)), 'in-place.json');
    none(misplaced(walksRows.map((row) => row.call)), 'walks.json');
    none(misplaced([...engineRows.keys()]), 'engines.json');
    none(misplaced(databases.map((row) => row.name)), 'databases.json');
    for (const rows of Object.values(offloadRows)) none(misplaced(rows.map((row) => row.call)), 'offload.json');
  });

  it('has only fields that the types know', () => {
    none(blockingRows.filter((row) => Object.keys(row).some((key) => !blockingKeys.includes(key))), 'blocking.json');
    none(returnRows.filter((row) => Object.keys(row).some((key) => !returnKeys.includes(key))), 'returns.json');
    none(askedRows.filter((row) => Object.keys(row).some((key) => !askedKeys.includes(key)) || !blocking.has(row.call)), 'asked.json');
    none(inPlaceRows.filter((row) => Object.keys(row).some((key) => !inPlaceKeys.includes(key)) || (row.lazy !== undefined && row.lazy !== true)), 'in-place.json');
    none(walksRows.filter((row) => Object.keys(row).some((key) => !walksKeys.includes(key)) || !(row.walks >= 0) || [row.rest, row.lazy].some((flag) => flag !== undefined && flag !== true)), 'walks.json');
    for (const rows of Object.values(offloadRows)) none(rows.filter((row) => Object.keys(row).some((key) => !offloadKeys.includes(key))), 'offload.json');
  });
});

describe('knowledge: blocking calls', () => {
  it('are dotted names with rule, cost, kind and gevent column', () => {
    none(blockingRows.filter((row) => !dotted.test(row.name) || !row.name.includes('.')), 'name');
    none(blockingRows.filter((row) => !rules.includes(row.rule)), 'rule');
    none(blockingRows.filter((row) => !['high', 'medium', 'low', 'none'].includes(row.cost)), 'cost');
    none(blockingRows.filter((row) => !['function', 'method', 'constructor'].includes(row.kind)), 'kind');
    none(blockingRows.filter((row) => row.gevent !== null && typeof row.gevent !== 'boolean'), 'gevent');
    none(blockingRows.filter((row) => row.lazy !== undefined && row.lazy !== true), 'lazy');
    assert.deepEqual([...new Set(blockingRows.map((row) => row.rule))].sort(), rules);
  });

  it('offer an alternative that completes "use …"', () => {
    const bad = blockingRows.filter(({ cost, alternative }) => {
      if (cost === 'none') return alternative !== '';
      const prose = alternative.replace(/`[^`]*`/g, '');
      return alternative === '' || alternative !== alternative.trim() || alternative.length > 100 || prose.length > 80 || /[<>`]|\/ |\.$/.test(prose);
    });
    none(bad.map((row) => `${row.name}: ${row.alternative}`), 'alternative');
  });

  it('say which arguments make them return at once', () => {
    const bad = blockingRows.filter((row) => row.unless?.some((one) => {
      const keys = Object.keys(one);
      const place = (one.name === undefined || /^[a-z_]+$/.test(one.name)) && (one.position === undefined || /^\d$/.test(String(one.position)));
      return keys.some((key) => !['name', 'position', 'is', 'absent'].includes(key)) || !place || (one.name === undefined && one.position === undefined)
        || ('is' in one) === (one.absent === true);
    }) || row.unless?.length === 0);
    none(bad, 'unless');
  });

  it('name the types of a first argument as everything else does', () => {
    none(blockingRows.filter((row) => row.of?.length === 0 || row.of?.some((type) => canonicalType(type) !== type || !returns.has(type))), 'of');
  });

  it('are found under other spellings and below inheriting types', () => {
    const found = (name: string): string | undefined => blockingRow(name)?.name;
    assert.equal(found('requests.sessions.Session.get'), 'requests.Session.get');
    assert.equal(found('redis.StrictRedis.keys'), 'redis.Redis.keys');
    assert.equal(found('sqlmodel.Session.execute'), 'sqlmodel.Session.execute');
    assert.equal(found('pymupdf.open'), 'fitz.open');
    assert.equal(found('fastapi_sqlalchemy.db.session.commit'), 'sqlalchemy.orm.Session.commit');
    assert.equal(found('requests.structures.CaseInsensitiveDict'), undefined);
  });

  it('are any method of a few types, but for those that send nothing', () => {
    assert.equal(blockingRow('boto3.client().describe_vpcs')?.rule, 'blocking-network');
    assert.equal(blockingRow('redis.cluster.RedisCluster.zpopmin')?.rule, 'blocking-database');
    assert.equal(blockingRow('boto3.client().meta'), undefined);
    assert.equal(blockingRow('boto3.client().exceptions.NoSuchKey'), undefined);
    assert.equal(blockingRow('redis.cluster.RedisCluster.get_encoder'), undefined);
    assert.equal(blockingRow('redis.Redis.__call__'), undefined);
    const any = blockingRows.filter((row) => row.name.endsWith('.*')).map((row) => row.name.slice(0, -2));
    assert.deepEqual(returnRows.filter((row) => row.any_method).map((row) => row.call).sort(), any.sort());
    none(returnRows.filter((row) => row.except_methods && !row.any_method), 'except_methods');
  });
});

describe('knowledge: types', () => {
  const receivers = new Set<string>();
  for (const name of [...blocking.keys(), ...returns.keys(), ...inPlaceRows.map((row) => row.call), ...walksRows.map((row) => row.call)]) {
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) receivers.add(name.slice(0, dot));
  }

  it('are dotted names, each in its one spelling', () => {
    none(returnRows.filter((row) => !dotted.test(row.call) || !dotted.test(row.returns)), 'names');
    none(returnRows.filter((row) => canonicalType(row.returns) !== row.returns).map((row) => `${row.call} returns ${row.returns}`), 'other spellings');
    none(returnRows.filter((row) => row.base !== undefined && canonicalType(row.base) !== row.base), 'base');
  });

  it('that calls return are good for something', () => {
    const known = (type: string): boolean => {
      const row = returns.get(type);
      return receivers.has(type) || row?.pure === true || row?.carrier === true || row?.is_async === true || row?.base !== undefined;
    };
    none([...new Set(returnRows.filter((row) => !known(row.returns) && !row.is_async).map((row) => row.returns))], 'types without any row below them');
  });

  it('bear what is true of the type on its own row', () => {
    none(returnRows.filter((row) => row.call !== row.returns && typeKeys.some((key) => key in row)).map((row) => row.call), 'rows');
  });

  it('that block in `with` or `for` say how', () => {
    const missing = [...returns.values()].flatMap((row) => [
      ...(row.enter_blocks && !blocking.has(`${row.call}.__enter__`) ? [`${row.call}.__enter__`] : []),
      ...(row.exit_blocks && !blocking.has(`${row.call}.__exit__`) ? [`${row.call}.__exit__`] : []),
      ...(row.iter_blocks && !blocking.has(`${row.call}.__iter__`) ? [`${row.call}.__iter__`] : []),
    ]);
    none(missing, 'rows of blocking.json');
    const unmarked = blockingRows.filter((row) => row.name.endsWith('.__enter__') && !returns.get(row.name.slice(0, -'.__enter__'.length))?.enter_blocks);
    none(unmarked.map((row) => row.name), 'types without enter_blocks');
  });

  it('inherit from a type that inherits from none, and methods that return it return the heir', () => {
    none(returnRows.filter((row) => row.base !== undefined && returns.get(row.base)?.base !== undefined).map((row) => row.call), 'base of a base');
    assert.equal(returns.get('flask_sqlalchemy.query.Query.filter_by')?.returns, 'flask_sqlalchemy.query.Query');
    assert.equal(returns.get('sqlalchemy.orm.scoped_session.query')?.returns, 'sqlalchemy.orm.Query');
  });
});

describe('knowledge: drivers that wait in C', () => {
  const keys = ['name', 'imports', 'switch', 'packages', 'schemes', 'made_green_by', 'carries', 'patched_by', 'call', 'instead'];
  const both = (of: (driver: (typeof drivers)[number]) => readonly string[] | undefined) => {
    const all = drivers.flatMap((driver) => of(driver) ?? []);
    return all.filter((one, at) => all.indexOf(one) !== at);
  };

  it('stand once, in order, one a line', () => {
    assert.equal(read('drivers.json'), `${table(drivers)}\n`);
    none(misplaced(drivers.map((driver) => driver.name)), 'drivers.json');
    none(drivers.filter((driver) => Object.keys(driver).some((key) => !keys.includes(key))), 'drivers.json');
  });

  it('are found by one thing each', () => {
    none(drivers.flatMap((driver) => driver.carries ?? []).filter((library) => !blockingRows.some((row) => row.name.startsWith(`${library}.`) && row.gevent === false)), 'carried, and known to wait in C');
    none(drivers.filter((driver) => (driver.imports === undefined) === (driver.switch === undefined)), 'imported or switched');
    none(both((driver) => driver.imports), 'imports');
    none(both((driver) => driver.schemes), 'schemes');
    none(drivers.filter((driver) => driver.schemes?.some((scheme) => !scheme.includes('+')) && !driver.packages), 'needs the requirement to tell');
  });

  it('have a remedy that counts', () => {
    none(drivers.filter((driver) => driver.call && !driver.made_green_by), 'calling it changes nothing');
    none([...blocking.values()].filter((row) => row.gevent === true && drivers.some((driver) => driver.imports?.includes(row.name.split('.', 1)[0]!))).map((row) => row.name), 'said to wait cooperatively');
  });
});

describe('knowledge: code that runs elsewhere', () => {
  it('names the work by position or keyword', () => {
    const bad = (row: OffloadRow): boolean => !dotted.test(row.call) || (row.work_arg !== undefined && !/^(\d|[a-z_]+)$/.test(String(row.work_arg)));
    none([...offLoop, ...onLoop].filter(bad), 'rows');
    none(offLoop.filter((row) => row.env === undefined || !['asyncio', 'trio', 'threads', 'process', 'gevent', 'worker'].includes(row.env)), 'env');
    none([...offLoop, ...onLoop].filter((row) => row.attr !== undefined && !row.call.endsWith(`.${row.attr}`)), 'attr');
  });
});
