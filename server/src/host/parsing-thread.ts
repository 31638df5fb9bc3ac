/** A thread that parses Python: texts come in, packed trees go out, in the same order. */

import { parentPort } from 'node:worker_threads';
import { loadParsers } from '../languages/parser.ts';
import { packed } from '../languages/tree.ts';
import { readGrammars } from './grammars.ts';

const port = parentPort!;
const parsers = loadParsers(readGrammars());

port.on('message', (text: string) => {
  void parsers.then(({ python }) => {
    try {
      const tree = packed(python.parse('', text, false));
      port.postMessage(tree, [tree]);
    } catch {
      port.postMessage(null);
    }
  });
});
