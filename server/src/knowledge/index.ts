/** What we know of the world, as typed look-ups over the JSON tables beside this file. */

// Collected by hand from the documentation and sources of the standard library and of the libraries named, compared with
// what other checkers know. What gevent does with the standard library, sqlite3, psycopg2, requests and hashlib was measured
// (another greenlet ticking beside the call); for other libraries it follows from whether Python or C code waits.

import blockingTable from './blocking.json' with { type: 'json' };
import returnsTable from './returns.json' with { type: 'json' };
import askedTable from './asked.json' with { type: 'json' };
import inPlaceTable from './in-place.json' with { type: 'json' };
import offloadTable from './offload.json' with { type: 'json' };
import walksTable from './walks.json' with { type: 'json' };

/** A call that blocks the thread it runs in. */
export interface BlockingRow {
  /**
   * Dotted, as a library's users write it: `requests.Session.get`. `()` stands for what a function without a type of its own
   * returns, `Type(argument)` for what was made with this argument, and `*` for any method: `boto3.client().*`.
   * `Type.__enter__`, `Type.__exit__` and `Type.__iter__` are what `with` and `for` run.
   */
  readonly name: string;
  /** The `blocking-*` rule that speaks of it. */
  readonly rule: string;
  /** How long it may block: `none` is never reported. */
  readonly cost: 'high' | 'medium' | 'low' | 'none';
  /** Whether gevent's patching makes it cooperative; null when nobody knows, or when it depends on something else (SQLAlchemy's driver). */
  readonly gevent: boolean | null;
  /** What to use on an event loop: Markdown that completes "use …", empty where the cost is `none`. */
  readonly alternative: string;
  readonly kind: 'function' | 'method' | 'constructor';
  /** Arguments that make the call return at once; one of them is enough. */
  readonly unless?: readonly Unless[];
  /** It blocks only where its first argument is known to be an instance of one of these types. */
  readonly of?: readonly string[];
  /** It returns a lazy iterator: the work happens while iterating. */
  readonly lazy?: boolean;
  readonly note?: string;
}

/**
 * The call does not block when the argument `name` (or the one at `position`, from 0, without `self`) is the constant `is`,
 * or when it is absent. A string with a dot is compared with the dotted name of an attribute: `os.WNOHANG`, also where it is
 * imported by name or one of several flags joined by `|`.
 */
export interface Unless {
  readonly name?: string;
  readonly position?: number;
  readonly is?: string | number | boolean | null;
  readonly absent?: boolean;
}

/**
 * What a call returns, or what another spelling of a type or module stands for. Where `returns` is `call` itself, the row
 * describes a type: `base`, `pure`, `any_method`, `enter_blocks` and their like stand only there.
 */
export interface ReturnRow {
  /** `Type.__getattr__`, `Type.__getitem__`, `Type.__enter__`, `Type.__call__` and `Type.__truediv__` mean what Python means by them. */
  readonly call: string;
  readonly returns: string;
  /** The type it has its other methods from, which has no base itself. The look-ups below have them in place. */
  readonly base?: string;
  /** Its methods are coroutines or return at once. */
  readonly is_async?: boolean;
  /** Its methods never do I/O. */
  readonly pure?: boolean;
  /** `call` is an attribute, not a call; a string is the attribute's name on every class below the type. */
  readonly attr?: boolean | string;
  /** `returns` is what iterating over the result gives. */
  readonly element?: boolean;
  /** What iterating over the type itself gives. */
  readonly element_of?: string;
  /** The operator that makes this call. */
  readonly op?: string;
  /** Every method of the type blocks, like its row `Type.*`, but for these. */
  readonly any_method?: boolean;
  readonly except_methods?: readonly string[];
  /** `returns` is what `with` binds. */
  readonly enter?: boolean;
  /** `with` blocks when it begins, `with` blocks when it ends, `for` blocks at each turn: rows `Type.__enter__`, `Type.__exit__`, `Type.__iter__`. */
  readonly enter_blocks?: boolean;
  readonly exit_blocks?: boolean;
  readonly iter_blocks?: boolean;
  /** What the program sets on it, in whichever file, is what others read from it. */
  readonly carrier?: boolean;
  /** What calling an instance of the type gives. */
  readonly factory_of?: string;
  /** A decorator, with arguments or without: it makes a function an instance of `returns`. */
  readonly decorator?: boolean;
  readonly note?: string;
}

/** A call that takes other code and runs it elsewhere, or schedules it on the loop. */
export interface OffloadRow {
  readonly call: string;
  /** Method name by which it is recognised on any receiver. */
  readonly attr?: string;
  /** Which argument is the work: position or keyword. */
  readonly work_arg?: number | string;
  readonly env?: string;
  readonly returns_wrapper?: boolean;
  readonly decorator?: boolean;
  readonly note?: string;
}

/** A function of a library that calls what it is given, in the same thread. */
export interface InPlaceRow extends Pick<OffloadRow, 'call' | 'attr' | 'work_arg'> {
  /** While somebody walks what it gives. */
  readonly lazy?: true;
}

/** A method that waits for nothing where the program has found that out before. */
export interface AskedRow {
  readonly call: string;
  /** By the method that asks, the answer after which nothing is waited for; `some`: anything but `None`. */
  readonly asks?: Readonly<Record<string, boolean | 'some'>>;
  /** It takes what was there: the next one waits again. */
  readonly takes?: true;
  /** Whatever is answered. */
  readonly ever?: string;
  /** Told so with a false argument. */
  readonly told?: string;
  /** A function that makes of the object what is awaited before. */
  readonly awaits?: string;
}

/** A function of a library that walks what it is given, as `for` would. */
export interface WalksRow {
  readonly call: string;
  /** Unmistakable on a receiver that nobody knows. */
  readonly attr?: string;
  /** Position of the argument. */
  readonly walks: number;
  /** And all behind it. */
  readonly rest?: true;
  /** While somebody walks what it gives. */
  readonly lazy?: true;
}

const blockingRows = blockingTable as readonly BlockingRow[];
const returnRows = returnsTable as readonly ReturnRow[];

/** Types by the one they inherit from, which inherits from none itself. */
const heirs = new Map<string, string[]>();
for (const { call, base } of returnRows) if (base !== undefined) heirs.set(base, [...(heirs.get(base) ?? []), call]);

/** Rows by name, those that types inherit included. */
function index<T>(rows: readonly T[], name: (row: T) => string, inherited: (row: T, name: string, type: string, base: string) => T): ReadonlyMap<string, T> {
  const all = new Map(rows.map((row) => [name(row), row]));
  for (const row of rows) {
    const own = name(row);
    for (let dot = own.lastIndexOf('.'); dot > 0; dot = own.lastIndexOf('.', dot - 1)) {
      const base = own.slice(0, dot);
      for (const type of heirs.get(base) ?? []) {
        const heir = type + own.slice(dot);
        if (!all.has(heir)) all.set(heir, inherited(row, heir, type, base));
      }
    }
  }
  return all;
}

/** By exact name, inherited methods included; {@link blockingRow} knows other spellings too. */
export const blocking: ReadonlyMap<string, BlockingRow> = index(blockingRows, (row) => row.name, (row, name) => ({ ...row, name }));

/** By exact name, inherited methods included: a method that returns its own type returns the heir. */
export const returns: ReadonlyMap<string, ReturnRow> = index(returnRows, (row) => row.call,
  (row, call, type, base) => ({ ...row, call, returns: row.returns === base ? type : row.returns }));

/** Types on which the program sets what it reads elsewhere: the state of applications and requests. */
export const carriers: ReadonlySet<string> = new Set(returnRows.flatMap((row) => (row.carrier ? [row.returns] : [])));

export const offLoop: readonly OffloadRow[] = (offloadTable as { off_loop: readonly OffloadRow[] }).off_loop;
export const onLoop: readonly OffloadRow[] = (offloadTable as { on_loop: readonly OffloadRow[] }).on_loop;
export const inPlace: readonly InPlaceRow[] = inPlaceTable as readonly InPlaceRow[];
export const walks: readonly WalksRow[] = walksTable as readonly WalksRow[];

/** By exact name, inherited methods included. */
export const asked: ReadonlyMap<string, AskedRow> = index(askedTable as unknown as readonly AskedRow[], (row) => row.call, (row, call) => ({ ...row, call }));

/** The name under which we know a type that libraries export under several. */
export function canonicalType(name: string): string {
  const row = returns.get(name);
  return row === undefined || row.element || row.decorator ? name : row.returns;
}

const costs = ['high', 'medium', 'low', 'none'] as const;

/**
 * What is told of several ways to block: the one with the least number. What rules report as warnings comes before computations,
 * which they report as information, then the dearer; what is cheap is a hint, whoever reports it.
 */
export function urgencyOf({ rule, cost }: BlockingRow): number {
  const order = costs.indexOf(cost);
  return rule === 'blocking-cpu' && order < 2 ? order + 2 : order < 2 ? order : order + 2;
}

/** Below this, it costs enough to be told through helpers: nobody would change a helper for less. */
export const firstCheap = 4;

/** The row of a call by dotted name: other spellings of its type, and types of which every method blocks (`boto3.client().*`), included. */
export function blockingRow(name: string): BlockingRow | undefined {
  let row = answers.get(name);
  if (row === undefined) {
    // Most names are asked for many times, and most have no row.
    if (answers.size > 5000) answers.clear();
    answers.set(name, (row = findRow(name) ?? null));
  }
  return row ?? undefined;
}

const answers = new Map<string, BlockingRow | null>();

function findRow(name: string): BlockingRow | undefined {
  const row = blocking.get(name);
  if (row) return row;
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const type = name.slice(0, dot);
    const canonical = canonicalType(type);
    if (canonical !== type) return findRow(canonical + name.slice(dot));
  }
  return anyMethod(name);
}

/** The row `Type.*` of a method, unless the method is known not to block. */
function anyMethod(name: string): BlockingRow | undefined {
  const dot = name.lastIndexOf('.');
  const [type, method] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
  const row = method.startsWith('_') ? undefined : blocking.get(`${type}.*`);
  if (!row) return undefined;
  const description = returns.get(type);
  const except = description?.except_methods ?? returns.get(description?.base ?? '')?.except_methods;
  return except?.includes(method) ? undefined : row;
}
