/** What is offered while a launch or its configuration is being written. */

import assert from 'node:assert/strict';
import type { CompletionItem, MarkupContent, TextEdit } from 'vscode-languageserver-protocol/node';
import { able, Client, Folder } from './client.ts';

/** A half-typed text, `|` where the cursor is; `replaced` is what an offer takes the place of. */
const halfTyped: readonly (readonly [name: string, text: string, replaced: string, offered: string])[] = [
  ['serve.sh', '#!/bin/sh\n# 启动 😀\nexec gunicorn app:app \\\n  --wor|', '--wor', '--workers'],
  ['serve.sh', 'gunicorn --wor| app:app\n', '--wor', '--worker-class'],
  ['serve.sh', 'gunicorn -|', '-', '-k'],
  ['serve.sh', 'gunicorn "--wor|" app:app\n', '--wor', '--workers'],
  ['serve.sh', 'sh -c "exec gunicorn app:app --gr|"\n', '--gr', '--graceful-timeout'],
  ['serve.sh', 'gunicorn --wor|k=4 app:app\n', '--work', '--workers'],
  ['serve.sh', 'gunicorn app:app -k |\n', '', 'gthread'],
  ['serve.sh', 'gunicorn app:app -k ge|\n', 'ge', 'gevent'],
  ['serve.sh', 'gunicorn app:app -kge|\n', 'ge', 'gevent'],
  ['serve.sh', 'gunicorn app:app --worker-class=|\n', '', 'uvicorn_worker.UvicornWorker'],
  ['serve.sh', 'celery -A app worker -P |\n', '', 'solo'],
  ['serve.sh', 'celery -A app worker --pool=thr|\n', 'thr', 'threads'],
  ['serve.sh', 'celery -A app worker --conc|\n', '--conc', '--concurrency'],
  ['serve.sh', 'uvicorn app:app --timeout-k|\n', '--timeout-k', '--timeout-keep-alive'],
  ['serve.sh', 'uvicorn app:app --lifespan o|\n', 'o', 'off'],
  ['Dockerfile', 'FROM python:3.13\nCMD ["gunicorn", "--wor|"]\n', '--wor', '--workers'],
  ['Dockerfile', 'FROM python:3.13\nCMD ["gunicorn", "-k", "|", "app:app"]\n', '', 'gevent'],
  ['Dockerfile', 'FROM python:3.13\nCMD exec gunicorn app:app --wor|\n', '--wor', '--workers'],
  ['compose.yaml', 'services:\n  web:\n    image: web\n    command: gunicorn app:app --wor|\n', '--wor', '--workers'],
  ['compose.yaml', 'services:\n  web:\n    image: web\n    command:\n      - gunicorn\n      - --wor|\n', '--wor', '--workers'],
  ['deployment.yaml', 'kind: Pod\nspec:\n  containers:\n    - name: web\n      command: [gunicorn]\n      args: ["app:app", "--wor|"]\n', '--wor', '--workers'],
  ['web.service', '[Service]\nExecStart=/srv/bin/gunicorn app:app --wor|\n', '--wor', '--workers'],
  ['supervisord.conf', '[program:web]\ncommand=gunicorn app:app --wor|\n', '--wor', '--workers'],
  ['Makefile', 'run:\n\tgunicorn app:app --wor|\n', '--wor', '--workers'],
  ['Procfile', 'web: gunicorn app:app --wor|\n', '--wor', '--workers'],
  ['start.py', 'import subprocess\nsubprocess.run(["gunicorn", "--wor|"])\n', '--wor', '--workers'],
  ['gunicorn.conf.py', 'bind = ":8000"\nwork|', 'work', 'workers'],
  ['gunicorn.conf.py', 'work| = 4\n', 'work', 'worker_class'],
  ['gunicorn.conf.py', 'worker_class = "ge|"\n', 'ge', 'gevent'],
  ['gunicorn.conf.py', 'worker_class = |\n', '', '"gevent"'],
  ['gunicorn.conf.py', 'worker_class = \'|', '', 'gevent'],
  ['gunicorn.conf.py', 'def post|', 'post', 'post_fork'],
];

const silent: readonly (readonly [name: string, text: string])[] = [
  ['serve.sh', 'echo gunicorn --wor|\n'],
  ['serve.sh', '# gunicorn --wor|\n'],
  ['serve.sh', 'cat <<EOF\ngunicorn --wor|\nEOF\n'],
  ['serve.sh', 'gunicorn app:a|\n'],
  ['serve.sh', 'gunicorn app:app |\n'],
  ['serve.sh', 'gunicorn app:app --bind |\n'],
  ['serve.sh', 'gunicorn app:app --preload |\n'],
  ['serve.sh', 'ls --wor|\n'],
  ['serve.sh', 'gunicorn app:app "--wor|\n'],
  ['Dockerfile', 'FROM python:3.13\nRUN pip install --no-c|\n'],
  ['compose.yaml', 'services:\n  web:\n    image: "|"\n'],
  ['compose.yaml', 'services:\n\t- {{ --wor| }}\n'],
  ['gunicorn.conf.py', 'note = """\nwork|\n"""\n'],
  ['gunicorn.conf.py', 'def post_fork(server, worker):\n    work|\n'],
  ['gunicorn.conf.py', 'bind = "|"\n'],
  ['app.py', 'work|\n'],
  ['app.py', 'label = "--wor|"\n'],
];

describe('Completion', () => {
  let folder: Folder;
  let client: Client;

  const started = async (options: object = {}): Promise<void> => {
    folder = await Folder.with({ 'app.py': 'app = None\n' });
    client = await Client.start({ folders: [folder], ...options });
    await client.idle();
  };

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  /** What is offered at `|`; the document is closed again. */
  const offered = async (name: string, marked: string): Promise<readonly CompletionItem[]> => {
    const at = marked.indexOf('|');
    const uri = folder.uri(name);
    const before = marked.slice(0, at).split('\n');
    client.open(uri, marked.slice(0, at) + marked.slice(at + 1), 'plaintext');
    const items = await client.completions(uri, before.length - 1, before.at(-1)!.length);
    client.close(uri);
    return items ?? [];
  };

  const replacedBy = (marked: string, { textEdit }: CompletionItem): string => {
    const { range } = textEdit as TextEdit;
    assert.equal(range.start.line, range.end.line);
    return marked.replace('|', '').split('\n')[range.start.line]!.slice(range.start.character, range.end.character);
  };

  it('offers what fits a half-typed command in every kind of file, in place of what is there', async () => {
    await started();
    for (const [name, text, replaced, label] of halfTyped) {
      const items = await offered(name, text);
      const item = items.find((one) => one.label === label);
      assert.ok(item, `${name}: ${text} offers ${items.slice(0, 8).map((one) => one.label).join(' ')}`);
      assert.equal(replacedBy(text, item), replaced, text);
      assert.equal((item.textEdit as TextEdit).newText, label);
    }
  });

  it('offers nothing elsewhere', async () => {
    await started();
    for (const [name, text] of silent) assert.deepEqual((await offered(name, text)).slice(0, 3).map(({ label }) => label), [], text);
  });

  it('leaves out what is given already, unless it may be given again', async () => {
    await started();
    const labels = (await offered('serve.sh', 'gunicorn -w 4 -b :8000 app:app --|\n')).map(({ label }) => label);
    assert.ok(!labels.includes('--workers'));
    assert.ok(labels.includes('--bind') && labels.includes('--timeout'));
    assert.ok(labels.every((label) => label.startsWith('--')));
    assert.equal(new Set(labels).size, labels.length);
  });

  it('marks worker classes that are going away', async () => {
    await started();
    const deprecated = (await offered('serve.sh', 'gunicorn app:app -k |\n')).filter(({ tags }) => tags?.includes(1)).map(({ label }) => label);
    assert.deepEqual(deprecated, ['uvicorn.workers.UvicornWorker', 'eventlet']);
  });

  const documented = async (name: string, text: string, label: string): Promise<MarkupContent> => {
    const item = (await offered(name, text)).find((one) => one.label === label)!;
    assert.equal(item.documentation, undefined, 'it is asked for later');
    const uri = folder.uri(name);
    client.open(uri, text.replace('|', ''), 'plaintext');
    const { documentation } = await client.completed(item);
    client.close(uri);
    assert.ok(typeof documentation === 'object');
    return documentation;
  };

  it('explains a flag when asked, for the worker class of the command', async () => {
    await started();
    const { kind, value } = await documented('serve.sh', 'gunicorn -k gevent app:app --time|\n', '--timeout');
    assert.equal(kind, 'markdown');
    assert.equal(value, '`--timeout` of Gunicorn, `timeout` in its configuration file\n\nDoes not limit requests: a worker is killed when something blocks its hub, and with it every client, for so many seconds. `0` switches it off.\n\n- Default: `30`\n- Every worker class honours it');
    assert.match((await documented('serve.sh', 'gunicorn app:app -k |\n', 'gthread')).value, /^A pool of `threads`/);
    assert.match((await documented('gunicorn.conf.py', 'time|', 'timeout')).value, /^`--timeout` of Gunicorn/);
  });

  it('speaks Chinese, and plain text where the editor shows no Markdown', async () => {
    await started({ locale: 'zh-cn', capabilities: { ...able, textDocument: { ...able.textDocument, completion: {} } } });
    const { kind, value } = await documented('serve.sh', 'gunicorn -k sync app:app --keep|\n', '--keep-alive');
    assert.equal(kind, 'plaintext');
    assert.match(value, /^Gunicorn 的 --keep-alive，在配置文件中写作 keepalive\n\nsync worker 每次响应后都关闭连接/);
    assert.deepEqual((await offered('serve.sh', 'gunicorn app:app -k |\n')).filter(({ tags }) => tags), []);
  });

  it('answers for documents that are not there, and items that are not ours', async () => {
    await started();
    assert.equal(await client.completions(folder.uri('nothing.sh'), 3, 5), null);
    assert.deepEqual(await client.completed({ label: '--workers' }), { label: '--workers' });
  });
});
