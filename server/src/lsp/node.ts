/** The language server as a program: `server.cjs --stdio`, `--node-ipc` or `--socket=PORT`. */

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import * as files from '../host/disk.ts';
import { readGrammars } from '../host/grammars.ts';
import { serve } from './serve.ts';

const connection = createConnection(ProposedFeatures.all);
// Nothing may be written to standard error: editors show every line of it as a failure.
process.on('unhandledRejection', (reason) => connection.console.error(reason instanceof Error ? reason.stack ?? reason.message : String(reason)));
serve(connection, { files, grammars: readGrammars });
