/**
 * Loaded into VS Code's server: refuses what other web pages send to it.
 *
 * The server runs without a token and takes WebSockets of any origin, so that any page open in the browser could use the
 * terminal it offers. Its own pages come from the address that was asked for, and that is one of this machine.
 */

import { Server, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const thisMachine = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

const emit = Server.prototype.emit as (this: Server, event: string | symbol, ...values: unknown[]) => boolean;

// VS Code hands the server's start parameters on to the processes it forks; servers in those are not ours to guard.
if (process.argv[1]?.endsWith('server-main.js')) {
  Server.prototype.emit = function (this: Server, event: string | symbol, ...values: unknown[]): boolean {
    if ((event === 'request' || event === 'upgrade') && isForeign(values[0] as IncomingMessage)) {
      if (event === 'request') (values[1] as ServerResponse).writeHead(403).end('VS Code answers on this machine\'s own address only.\n');
      else (values[1] as Duplex).destroy();
      return true;
    }
    return emit.call(this, event, ...values);
  };
}

function isForeign({ headers: { host, origin } }: IncomingMessage): boolean {
  if (host === undefined) return false; // the server's own pipes
  return !thisMachine.test(host) || (origin !== undefined && origin !== `http://${host}`);
}
