/** What names and types say about sharing: which objects serve one task at a time, and which calls depend on their order. */

import type { Expression } from '../facts.ts';
import { outsideName } from '../workspace/outside.ts';

/** Last words of names that hold one connection, stream or device: two tasks must not use it at once (AS 9.1, item 8). */
const exclusiveNames = new Set((
  'session db conn connection cursor cur tx txn transaction trans pipe pipeline pubsub ws websocket socket sock stream queue '
  + 'page locator element keyboard mouse browser dom lock mutex semaphore sem limiter file fh fp'
).split(' '));

/** Names of such objects where nothing else stands in the name: a `parameter_reader` is another thing. */
const exclusiveWords = new Set('reader writer channel driver tab frame handle serial port bus emitter'.split(' '));

/** The same for arguments, where `page` or `file` is as often a number or a name. */
const exclusiveArguments = new Set('session db conn connection cursor cur tx txn transaction trans pipe pipeline pubsub ws websocket writer locator page'.split(' '));

const exclusiveTypes = [
  /^sqlalchemy\..*\.(AsyncSession|AsyncConnection|AsyncTransaction|async_scoped_session)$/, /^sqlmodel\..*\.AsyncSession$/,
  /^aiosqlite\./, /^asyncpg\..*(Connection|Transaction)$/, /^psycopg\..*(Async\w*Connection|Async\w*Cursor)$/, /^aiomysql\..*(Connection|Cursor)$/,
  /^redis\.asyncio\..*(Pipeline|PubSub)$/, /\.WebSocket(ClientProtocol|ServerProtocol)?$/, /^asyncio\.(StreamWriter|StreamReader|Queue|Lock|Semaphore|BoundedSemaphore|Condition)$/,
  /^playwright\./, /^aiofiles\./,
];

/** Clients made for many requests at once. */
const concurrentTypes = [
  /^httpx\.AsyncClient$/, /^aiohttp\.(client\.)?ClientSession$/, /^redis\.asyncio\.Redis$/, /^asyncpg\..*Pool$/, /^motor\./, /^(openai|anthropic)\.Async\w+$/,
  /^elasticsearch\.Async/, /^pymongo\.asynchronous\./, /^(aioboto3|aiobotocore)\./, /^groq\.Async/, /^mistralai\./, /^google\.genai\./, /^qdrant_client\.Async/,
];

/** A type that one task at a time may use; `undefined` when the type says nothing. */
export function isExclusiveType(type: string): boolean | undefined {
  if (concurrentTypes.some((pattern) => pattern.test(type))) return false;
  if (exclusiveTypes.some((pattern) => pattern.test(type))) return true;
  return undefined;
}

/** Whether a library's function speaks to a service that many share. */
export function isExternal(name: string): boolean {
  return outsideName(name) === 'http';
}

/** Whether elements of that name are addresses of other machines. */
export function isAddressName(name: string): boolean {
  return /(^|_)(urls?|uris?|links?|endpoints?|hosts?|domains?|addresses|pages|feeds)$/i.test(name);
}

/** Whether a name reads like an object that one task at a time may use. */
export function isExclusiveName(name: string, argument = false): boolean {
  const parts = words(name);
  const last = parts.at(-1);
  if (last === undefined) return false;
  return argument ? exclusiveArguments.has(last) : exclusiveNames.has(last) || parts.length === 1 && exclusiveWords.has(last);
}

export function isLockName(name: string): boolean {
  return words(name).some((word) => /^(lock|mutex|sem|semaphore|limiter|limit|throttle|rate|transaction|tx|begin|atomic|savepoint)$/.test(word));
}

/** Whether a name reads like a connection with a life of its own (`mcp_client`): opened and closed by one task. */
export function isConnectionName(name: string): boolean {
  return isExclusiveName(name) || /^(client|server|agent|tool|toolkit|plugin|middleware|hook|handler|callback|listener|step|stage|phase|migration)$/.test(words(name).at(-1) ?? '');
}

/** What a call's name says about doing many of it at once. */
export type Nature =
  /** Reads: order cannot matter. */
  | 'read'
  /** Writes to places of their own: order seldom matters, a program must decide. */
  | 'write'
  /** Order, pace or one task matters. */
  | 'ordered'
  /** The name does not tell. */
  | 'unknown';

const reads = new Set((
  'get fetch load read query search translate embed summarize summarise download list find lookup look resolve retrieve check validate verify '
  + 'describe head request complete classify analyze analyse extract transcribe ocr scrape crawl predict infer invoke ainvoke '
  + 'arun achat aquery ask chat generate count exists has is rank rerank probe ping detect recognize'
).split(' '));

const writes = new Set('upload post invalidate revoke cancel archive notify purge close stop'.split(' '));
/** Writes to a remote service when a client of one does them; else most often rows of one database. */
const serviceWrites = new Set('update delete remove patch mark disable enable copy rename'.split(' '));
const services = new Set('client service provider storage api sdk bucket gateway manager'.split(' '));

const ordered = new Set((
  'put send emit publish push write writelines press type click tap scroll move down up hover drag fill goto navigate acquire release lock unlock sleep '
  + 'wait drain flush commit rollback begin executemany migrate upgrade downgrade apply connect disconnect start join aclose init initialize initialise setup '
  + 'teardown shutdown startup next anext receive recv reply respond answer save insert create add upsert append extend set open enter exit gather advance step '
  + 'yield throttle backoff retry poll stream play wheel evaluate persist record store log track register expire'
).split(' '));

/** Full names that look like something else by their first word. */
const exceptions: Readonly<Record<string, Nature>> = {
  execute: 'ordered', exec: 'ordered', execute_sql: 'ordered', execute_query: 'ordered', execute_script: 'ordered', execute_statement: 'ordered', close: 'ordered', stop: 'ordered',
  wait_for: 'unknown', to_thread: 'unknown', run_in_threadpool: 'unknown', send_email: 'write', send_mail: 'write', send_notification: 'write', send_request: 'read',
  remove: 'ordered', update: 'ordered', is_set: 'ordered', read_line: 'ordered', readline: 'ordered', get_nowait: 'ordered', upload: 'write',
};

/** Service objects whose `create` is a request: `client.chat.completions.create`. */
const creating = /^(completions|messages|embeddings|responses|images|transcriptions|translations|moderations|speech)$/;

export function natureOf(callee: Expression): Nature {
  const name = callee.kind === 'name' || callee.kind === 'attribute' ? callee.name : undefined;
  if (name === undefined) return 'unknown';
  const plain = name.replace(/^_+/, '');
  if (plain === 'create' && callee.kind === 'attribute' && (callee.object.kind === 'attribute' || callee.object.kind === 'name') && creating.test(callee.object.name)) return 'read';
  const whole = exceptions[plain];
  if (whole !== undefined) return whole;
  // Tools of a language model act on the world; a device answers one question at a time.
  if (/(^|_)(call|run|execute|invoke|use|handle)_\w*tools?(_|$)|^read_(gatt_)?char|^read_(\w+_)?(registers?|coils?|inputs?)$/.test(plain)) return 'ordered';
  const [written = '', second] = words(plain);
  // An `a` before the verb marks the async twin: `aget`, `adelete`.
  const verbs = written.startsWith('a') ? [written, written.slice(1)] : [written];
  const has = (set: ReadonlySet<string>) => verbs.some((verb) => set.has(verb));
  if (has(reads)) return 'read';
  if (has(writes)) return 'write';
  if (has(serviceWrites)) return callee.kind === 'attribute' && isService(callee.object) ? 'write' : 'ordered';
  return has(ordered) || second === 'queue' ? 'ordered' : 'unknown';
}

function isService(object: Expression): boolean {
  return (object.kind === 'name' || object.kind === 'attribute') && services.has(words(object.name).at(-1) ?? '');
}

/** Whether a name says how long to wait between two calls. */
export function isPaceName(name: string): boolean {
  return words(name).some((word) => /^(interval|delay|pause|pacing|throttle|backoff)$/.test(word));
}

/** Names of calls whose presence means that a loop sets its own pace or reports how far it is. */
export function isPacing(name: string): boolean {
  return /^(sleep|wait_for_timeout|acquire|throttle|rate_limit|wait|as_completed|gather|backoff|advance|emit|send|send_text|send_json|report_progress|update_progress|set_progress|progress|async_sleep|delay|pause)$/.test(name);
}

function words(name: string): readonly string[] {
  let known = wordsOfNames.get(name);
  if (known) return known;
  if (wordsOfNames.size >= mostNames) wordsOfNames.clear();
  known = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase().split('_').filter(Boolean);
  wordsOfNames.set(name, known);
  return known;
}

/** The same few names are asked about in every turn of an edit. */
const wordsOfNames = new Map<string, readonly string[]>();
const mostNames = 2000;
