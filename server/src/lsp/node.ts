/** The language server as a program: `server.cjs --stdio`, `--node-ipc` or `--socket=PORT`. */

import { homedir } from 'node:os';
import path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import * as disk from '../host/disk.ts';
import { readGrammars } from '../host/grammars.ts';
import { leaveRoom } from '../host/memory.ts';
import { Parsing } from '../host/parsing.ts';
import { serve } from './serve.ts';

const connection = createConnection(ProposedFeatures.all);
// Nothing may be written to standard error: editors show every line of it as a failure.
process.on('unhandledRejection', (reason) => connection.console.error(reason instanceof Error ? reason.stack ?? reason.message : String(reason)));
// The home folder, what it lies in, and the root of the disk.
const isTooWide = (root: string): boolean => `${homedir()}${path.sep}`.startsWith(path.join(root, path.sep));
serve(connection, { files: { ...disk, readNow: disk.read, isTooWide, parsing: () => new Parsing(), settled: leaveRoom }, grammars: readGrammars });
