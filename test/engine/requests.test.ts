/** What runs on each request is looked at again when a handler far away changes, and is told the same in whatever order files came. */

import assert from 'node:assert/strict';
import { Engine } from '../../server/src/engine.ts';
import { grammars } from '../grammars.ts';

const store = 'import boto3\n\n\ndef storage():\n    return boto3.client("s3")\n';
const service = 'from store import storage\n\n\nasync def save(name):\n    storage().put_object(Key=name)\n';
const handler = 'from fastapi import FastAPI\nfrom service import save\n\napp = FastAPI()\n\n\n@app.post("/")\nasync def upload():\n    await save("a")\n';

async function engine(files: Readonly<Record<string, string>>): Promise<Engine> {
  const made = await Engine.create(grammars);
  for (const [path, text] of Object.entries(files)) made.set(path, text);
  made.changes();
  return made;
}

const found = (made: Engine) => made.check('store.py').filter(({ rule }) => rule === 'client-per-request');

describe('What runs on each request', () => {
  const files = { 'store.py': store, 'service.py': service, 'main.py': handler };

  it('is looked at again when a handler calls it no longer, and again', async () => {
    const made = await engine(files);
    assert.equal(found(made).length, 1);
    made.set('main.py', handler.replace('await save("a")', 'pass'));
    assert.ok(made.changes().has('store.py'));
    assert.equal(found(made).length, 0);
    made.set('main.py', handler);
    assert.ok(made.changes().has('store.py'));
    assert.equal(found(made).length, 1);
  });

  it('is looked at again when a handler is one no longer, moves, or comes late', async () => {
    const made = await engine({ 'store.py': store, 'service.py': service });
    assert.equal(found(made).length, 0);
    made.set('main.py', handler);
    assert.ok(made.changes().has('store.py'));
    const [first] = found(made);
    made.set('main.py', `# one line more\n${handler}`);
    assert.ok(made.changes().has('store.py'));
    assert.equal(found(made)[0]!.notes![0]!.range.start, first!.notes![0]!.range.start + '# one line more\n'.length);
    made.set('main.py', handler.replace('@app.post("/")\n', ''));
    assert.ok(made.changes().has('store.py'));
    assert.equal(found(made).length, 0);
    made.set('main.py', handler);
    made.changes();
    assert.equal(found(made).length, 1);
    made.delete('main.py');
    assert.ok(made.changes().has('store.py'));
    assert.equal(found(made).length, 0);
  });

  it('is told the same in any order', async () => {
    const all = { ...files, 'other.py': handler.replace('upload', 'another'), 'third.py': handler.replace('upload', 'third') };
    const forward = found(await engine(all));
    const backward = found(await engine(Object.fromEntries(Object.entries(all).reverse())));
    assert.deepEqual(backward.map(({ notes, message }) => ({ notes, message })), forward.map(({ notes, message }) => ({ notes, message })));
    assert.equal(forward[0]!.notes![0]!.path, 'main.py');
  });

  it('ends in circles', async () => {
    const made = await engine({ 'store.py': 'import boto3\n\n\ndef ping(n):\n    boto3.client("s3")\n    return pong(n)\n\n\ndef pong(n):\n    return ping(n)\n' });
    assert.deepEqual(found(made), []);
  });
});
