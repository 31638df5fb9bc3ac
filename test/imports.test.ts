/** Where a fix's import goes, and what name it gives. */

import assert from 'node:assert/strict';
import { importEdit } from '../server/src/fixes/imports.ts';
import { loadParsers, type Parsers } from '../server/src/languages/parser.ts';
import { pythonFacts } from '../server/src/languages/python.ts';
import { grammars } from './grammars.ts';

describe('Imports of fixes', () => {
  let parsers: Parsers;
  before(async () => { parsers = await loadParsers(grammars); });

  const facts = (text: string) => pythonFacts('main.py', text, parsers.python.parse('main.py', text, false), parsers.python.reader);

  /** The name to write, and the text after the edits. */
  function added(text: string, module: string, member?: string, marker?: string): { name: string; text: string } {
    const { name, edits } = importEdit(facts(text), module, member, marker === undefined ? undefined : text.indexOf(marker));
    let result = text;
    for (const { range, text: inserted } of edits) result = result.slice(0, range.start) + inserted + result.slice(range.end);
    return { name, text: result };
  }

  const same = (text: string, module: string, name: string, member?: string, marker?: string): void => assert.deepEqual(added(text, module, member, marker), { name, text });

  it('reuse what the module has', () => {
    same('import asyncio\n', 'asyncio', 'asyncio');
    same('import asyncio as aio\n', 'asyncio', 'aio');
    same('import asyncio.subprocess\n', 'asyncio', 'asyncio');
    same('from asyncio import to_thread\n', 'asyncio', 'to_thread', 'to_thread');
    same('from asyncio import to_thread as off\n', 'asyncio', 'off', 'to_thread');
    same('import asyncio\n', 'asyncio', 'asyncio.to_thread', 'to_thread');
    same('from gevent import monkey\n', 'gevent.monkey', 'monkey');
    same('import concurrent.futures\n', 'concurrent.futures', 'concurrent.futures');
    same('from gevent import monkey\n', 'gevent', 'monkey', 'monkey');
  });

  it('go to the standard library’s group, in its order', () => {
    assert.equal(added('import abc\nimport os\nfrom typing import Any\n\nimport httpx\n', 'asyncio').text, 'import abc\nimport asyncio\nimport os\nfrom typing import Any\n\nimport httpx\n');
    assert.equal(added('from typing import Any\n\nimport httpx\n', 'asyncio').text, 'import asyncio\nfrom typing import Any\n\nimport httpx\n');
    assert.equal(added('import httpx\n\nfrom . import views\n', 'asyncio').text, 'import asyncio\n\nimport httpx\n\nfrom . import views\n');
    assert.equal(added('from . import views\n', 'asyncio').text, 'import asyncio\n\nfrom . import views\n');
    assert.equal(added('import os\n\nx = 1\n', 'aiofiles').text, 'import os\n\nimport aiofiles\n\nx = 1\n');
    assert.deepEqual(added('import os\nimport fastapi\nfrom . import views\n', 'starlette.concurrency', 'run_in_threadpool'),
      { name: 'run_in_threadpool', text: 'import os\nimport fastapi\nfrom starlette.concurrency import run_in_threadpool\nfrom . import views\n' });
  });

  it('come behind what must stand first', () => {
    assert.equal(added('#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\nx = 1\n', 'asyncio').text, '#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\nimport asyncio\n\nx = 1\n');
    assert.equal(added('"""Doc."""\n\nx = 1\n', 'asyncio').text, '"""Doc."""\n\nimport asyncio\n\nx = 1\n');
    assert.equal(added('"""Doc.\n\nMore.\n"""\ndef f(): pass\n', 'asyncio').text, '"""Doc.\n\nMore.\n"""\n\nimport asyncio\n\ndef f(): pass\n');
    assert.equal(added('"""Doc."""\nfrom __future__ import annotations\n\n\ndef f(): pass\n', 'asyncio').text, '"""Doc."""\nfrom __future__ import annotations\n\nimport asyncio\n\n\ndef f(): pass\n');
    assert.equal(added('# Licence.\n\nasync def f(): pass\n', 'asyncio').text, '# Licence.\n\nimport asyncio\n\n\nasync def f(): pass\n');
    assert.equal(added('', 'asyncio').text, 'import asyncio\n');
  });

  it('never come before monkey patching', () => {
    assert.equal(added('from gevent import monkey\nmonkey.patch_all()\n\nimport os\n', 'asyncio').text, 'from gevent import monkey\nmonkey.patch_all()\n\nimport asyncio\nimport os\n');
    assert.equal(added('from gevent import monkey; monkey.patch_all()  # first\nx = 1\n', 'asyncio').text, 'from gevent import monkey; monkey.patch_all()  # first\n\nimport asyncio\n\nx = 1\n');
    assert.equal(added('import eventlet\neventlet.monkey_patch()\nfrom flask import Flask\n', 'asyncio').text, 'import eventlet\neventlet.monkey_patch()\nimport asyncio\n\nfrom flask import Flask\n');
  });

  it('do not count imports that may not run', () => {
    assert.equal(added('from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import asyncio\n', 'asyncio').text, 'import asyncio\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import asyncio\n');
    const inner = 'def f():\n    import asyncio\n    a()\n\n\ndef g():\n    b()\n';
    same(inner, 'asyncio', 'asyncio', undefined, 'a()');
    assert.deepEqual(added(inner, 'asyncio', undefined, 'b()'), { name: 'asyncio', text: `import asyncio\n\n\n${inner}` });
  });

  it('take another name where theirs is taken', () => {
    assert.deepEqual(added('import os\n\ndef f(asyncio):\n    pass\n', 'asyncio'), { name: 'asyncio_', text: 'import asyncio as asyncio_\nimport os\n\ndef f(asyncio):\n    pass\n' });
    assert.equal(added('asyncio = 1\nasyncio_ = 2\n', 'asyncio').name, 'asyncio_2');
    assert.equal(added('import asyncio\n\ndef f(asyncio):\n    pass\n', 'asyncio').name, 'asyncio_');
    assert.equal(added('httpx = None\n', 'httpx', 'AsyncClient').name, 'AsyncClient');
  });

  it('keep the file’s line breaks and its byte order mark', () => {
    assert.equal(added('import os\r\n\r\nx = 1\r\n', 'asyncio').text, 'import asyncio\r\nimport os\r\n\r\nx = 1\r\n');
    assert.equal(added('"""Doc."""\r\n\r\nx = 1\r\n', 'asyncio').text, '"""Doc."""\r\n\r\nimport asyncio\r\n\r\nx = 1\r\n');
    assert.equal(added('x = 1\r\n', 'asyncio').text, 'import asyncio\r\n\r\nx = 1\r\n');
    assert.equal(added('\uFEFFx = 1\n', 'asyncio').text, '\uFEFFimport asyncio\n\nx = 1\n');
  });

  it('are the same edit for two fixes', () => {
    const file = facts('import os\n\n\ndef f():\n    a()\n\n\ndef g():\n    b()\n');
    assert.deepEqual(importEdit(file, 'asyncio', undefined, 20), importEdit(file, 'asyncio', undefined, 40));
  });
});
