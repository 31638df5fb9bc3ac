/** How frameworks are told what to run for each request, message or task. */

import table from './requests.json' with { type: 'json' };

/** What a function is run for, again and again. */
export type Occasion = 'request' | 'message' | 'task';

interface Row {
  readonly kind: Occasion;
}

/** A decorator that makes of a function one that runs on each occasion. */
export interface HandlerDecorator extends Row {
  /** Last names of the decorator. */
  readonly names: RegExp;
  /** Module that it comes from; anything where undefined. */
  readonly library?: RegExp;
  /** Its first argument is a path. */
  readonly path?: boolean;
  /** Name of what it is an attribute of. */
  readonly receiver?: RegExp;
  /** Name of the function decorated. */
  readonly function?: RegExp;
}

/** A call that is given a function to run on each occasion. */
export interface HandlerRegistration extends Row {
  readonly names: RegExp;
  readonly library?: RegExp;
}

/** A class of a library whose heirs have methods that run on each occasion. */
export interface HandlerClass extends Row {
  /** Beginning of its dotted name. */
  readonly base: string;
  readonly methods: RegExp;
  /** They run on the event loop, plain functions as well. */
  readonly loop?: boolean;
}

/** A decorator that has its function called on the event loop, a plain one as well. */
export interface LoopDecorator {
  readonly names: RegExp;
  readonly library: RegExp;
  /** The argument that hands it to a thread instead. */
  readonly threads?: string;
}

const whole = (names: string): RegExp => new RegExp(`^(?:${names})$`);
const from = (libraries: string): RegExp => new RegExp(`^(?:${libraries.replaceAll('.', '\\.')})(?:\\.|$)`);

interface Written {
  readonly names: string;
  readonly library?: string;
  readonly path?: boolean;
  readonly receiver?: string;
  readonly function?: string;
  readonly kind: string;
}

interface WrittenClass {
  readonly base: string;
  readonly methods: string;
  readonly kind: string;
  readonly loop?: boolean;
}

function read({ names, library, receiver, function: name, path, kind }: Written): HandlerDecorator {
  return {
    names: whole(names), kind: kind as Occasion, ...(path ? { path } : {}), ...(library === undefined ? {} : { library: from(library) }),
    ...(receiver === undefined ? {} : { receiver: new RegExp(receiver) }), ...(name === undefined ? {} : { function: new RegExp(name) }),
  };
}

export const handlerDecorators: readonly HandlerDecorator[] = (table.decorators as readonly Written[]).map(read);
/** Read in the sources of python-socketio 5.18, Sanic 25.12, Litestar 2.25 and mcp 1.28 (its second version, `mcp.server.mcpserver`, has threads). */
export const loopDecorators: readonly LoopDecorator[] = (table.plain_on_loop as readonly { names: string; library: string; threads?: string }[]).map(({ names, library, ...rest }) => ({ names: whole(names), library: from(library), ...rest }));
export const handlerRegistrations: readonly HandlerRegistration[] = (table.registrations as readonly Written[]).map(read);
export const handlerClasses: readonly HandlerClass[] = (table.classes as readonly WrittenClass[]).map(({ base, methods, kind, loop }) => ({ base, methods: whole(methods), kind: kind as Occasion, ...(loop ? { loop } : {}) }));

const noRows: readonly HandlerClass[] = [];
const known = new Map<string, readonly HandlerClass[]>();

/** What is known of the heirs of a library's class: of most nothing, and the same are asked for many times. */
export function rowsBelow(name: string): readonly HandlerClass[] {
  let rows = known.get(name);
  if (!rows) {
    if (known.size > 2000) known.clear();
    rows = handlerClasses.filter(({ base }) => name.startsWith(`${base}.`));
    known.set(name, (rows = rows.length > 0 ? rows : noRows));
  }
  return rows;
}
