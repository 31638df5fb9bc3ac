/** A thread that reads Python: texts come in, packed facts go out, in the same order. */

import { parentPort } from 'node:worker_threads';
import { loadParsers } from '../languages/parser.ts';
import { PythonSource } from '../languages/python-source.ts';
import { readPython } from '../packed/read-python.ts';
import { readGrammars } from './grammars.ts';
import { keepMemorySmall } from './memory.ts';

keepMemorySmall();
const port = parentPort!;
const source = loadParsers(readGrammars()).then(({ python }) => new PythonSource(python));

port.on('message', (text: string) => {
  void source.then((python) => {
    const packed = readPython(python, text);
    if (packed) port.postMessage(packed, [packed]);
    else port.postMessage(null);
  });
});
