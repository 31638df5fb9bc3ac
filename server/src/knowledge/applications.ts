/** What makes a web application, and how a server calls it. */

import table from './applications.json' with { type: 'json' };

export type ServerInterface = 'asgi' | 'wsgi';

/** By the dotted name of a class, or of a function that makes an application. */
export const applicationInterfaces: ReadonlyMap<string, ServerInterface> = new Map(table.map(({ name, interface: kind }) => [name, kind as ServerInterface]));
