/** What is shown where the pointer rests on something of a launch: a flag, a setting, the program, a number of the connection budget. */

import assert from 'node:assert/strict';
import { able, Client, Folder } from './client.ts';

const files = {
  'app.py': 'from flask import Flask\nfrom sqlalchemy import create_engine\n\nengine = create_engine("postgresql://db/x", pool_size=10, max_overflow=20)\napp = Flask(__name__)\n',
  'gunicorn.conf.py': 'import os\n\ntimeout = 60\nkeepalive = 5\nworkers = 2\n\n\ndef post_fork(server, worker):\n    pass\n',
  'Dockerfile': 'FROM python:3.13-slim\nCMD ["gunicorn", "-k", "gevent", "--timeout", "120", "--threads=2", "app:app"]\n',
  'compose.yaml': 'services:\n  db:\n    image: postgres:16 # 数据库 😀\n    command: postgres -c max_connections=200\n  web:\n    image: web\n    command: gunicorn -w 4 --timeout 90 app:app\n  list:\n    image: web\n    command:\n      - gunicorn\n      - "--keep-alive"\n      - "5"\n      - app:app\n',
  'serve.sh': '#!/bin/sh\n# 启动 😀\nexec gunicorn app:app \\\n  --workers ${W:-3} \\\n  --max-requests 100 --max-requests 200\n',
  'celery.sh': '#!/bin/sh\ncelery -A app -b redis://:secret@db/0 worker -P gevent -c 20 --max-tasks-per-child 5\n',
  'Procfile': 'web: uvicorn app:app --timeout-keep-alive 65 --limit-max-requests-jitter 5\n',
  'web.service': '[Service]\nExecStart=/srv/bin/gunicorn --graceful-timeout 20 app:app\n',
  'supervisord.conf': '[program:web]\ncommand=gunicorn --graceful-timeout 20 app:app\n',
  'Makefile': 'run:\n\tgunicorn --graceful-timeout 20 app:app\n',
  'deployment.yaml': 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: web\n      command: [gunicorn]\n      args: ["--graceful-timeout", "20", "app:app"]\n',
  'serve.py': 'import subprocess\n\nimport uvicorn\n\nsubprocess.run(["gunicorn", "--graceful-timeout", "20", "app:app"])\n\nif __name__ == "__main__":\n    uvicorn.run("app:app", workers=4, timeout_keep_alive=7)\n',
  'config.py': 'import uvicorn\n\nconfig = uvicorn.Config("app:app", timeout_keep_alive=8)\nuvicorn.Server(config).run()\n',
  'broken.sh': '#!/bin/sh\ngunicorn --timeout "30 app:app\n',
} as const;

type Name = keyof typeof files;

describe('Hover over a launch', () => {
  let folder: Folder;
  let client: Client;

  const started = async (options: object = {}): Promise<void> => {
    folder = await Folder.with(files);
    client = await Client.start({ folders: [folder], ...options });
    await client.idle();
  };

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  /** What is shown on the first `target` of a file, `into` it. */
  const shown = async (name: Name, target: string, into = 1): Promise<{ readonly kind: string; readonly value: string; readonly under: string } | undefined> => {
    const text = files[name];
    assert.ok(text.includes(target));
    const before = text.slice(0, text.indexOf(target) + into).split('\n');
    const hover = await client.hover(folder.uri(name), before.length - 1, before.at(-1)!.length);
    if (!hover) return undefined;
    assert.ok(typeof hover.contents === 'object' && 'kind' in hover.contents && hover.range);
    return { ...hover.contents, under: text.split('\n')[hover.range.start.line]!.slice(hover.range.start.character, hover.range.end.character) };
  };
  /** What is said of the setting or launch itself, between findings and sums. */
  const about = ({ value }: { readonly value: string }): string => value.split('\n\n---\n\n').find((part) => !/\n\n\[About|\n\n\[关于|^Connections/.test(part)) ?? '';
  const link = (name: Name, line: number, column: number): string => `[${name}:${line}](${folder.uri(name)}#L${line},${column})`;

  it('tells what a flag does for this worker class, its default, and what is in force', async () => {
    await started();
    const hover = (await shown('Dockerfile', '"--timeout"'))!;
    assert.equal(hover.under, '"--timeout"');
    assert.equal(about(hover), [
      '`--timeout` of Gunicorn, `timeout` in its configuration file',
      'Does not limit requests: a worker is killed when something blocks its hub, and with it every client, for so many seconds. `0` switches it off.',
      '- Default: `30`\n- Every worker class honours it\n- In force: `120`',
    ].join('\n\n'));
    assert.equal((await shown('Dockerfile', '"120"'))!.under, '"120"');
  });

  it('tells that a worker class or pool ignores it', async () => {
    await started();
    assert.ok(about((await shown('Dockerfile', '"--threads'))!).includes('- The worker class `gevent` ignores it'));
    assert.ok(about((await shown('celery.sh', '--max-tasks'))!).includes('- The pool `gevent` ignores it'));
    const workers = about((await shown('celery.sh', '-c 20'))!);
    assert.ok(workers.includes('Greenlets of the one process') && workers.includes('- The pool `gevent` honours it'), workers);
    assert.ok(about((await shown('compose.yaml', '"--keep-alive"'))!).includes('`sync` workers close the connection'));
  });

  it('tells of a worker class what it is', async () => {
    await started();
    assert.ok(about((await shown('Dockerfile', '"gevent"'))!).includes('`gevent`: Up to `worker_connections` greenlets'));
  });

  it('links to the place that wins', async () => {
    await started();
    const config = about((await shown('gunicorn.conf.py', 'timeout'))!);
    assert.ok(config.startsWith('`timeout` of Gunicorn, `--timeout` on the command line'), config);
    assert.ok(config.includes('\n\n`gevent`: Does not limit requests') && config.includes('\n\n`sync`: A request that takes longer'), config);
    assert.ok(config.includes(`- In force in ${link('compose.yaml', 7, 14)}: \`90\`, from ${link('compose.yaml', 7, 38)}`), config);
    assert.ok(about((await shown('serve.sh', '--max-requests'))!).includes(`- In force: \`200\`, from ${link('serve.sh', 5, 37)}`));
    assert.ok(about((await shown('serve.sh', '--workers'))!).includes('- In force: `3`, unless the environment says otherwise'));
  });

  it('tells since when there is such a flag', async () => {
    await started();
    const jitter = about((await shown('Procfile', '--limit-max-requests-jitter'))!);
    assert.ok(jitter.endsWith('- Default: `0`, or what `UVICORN_LIMIT_MAX_REQUESTS_JITTER` says\n- In force: `5`\n- Since Uvicorn 0.41.0'), jitter);
  });

  it('works in every kind of file', async () => {
    await started();
    for (const name of ['web.service', 'supervisord.conf', 'Makefile', 'deployment.yaml', 'serve.py'] as const) {
      const hover = await shown(name, '--graceful-timeout');
      assert.ok(hover && about(hover).startsWith('`--graceful-timeout` of Gunicorn') && hover.under.replaceAll('"', '') === '--graceful-timeout', name);
    }
    assert.ok(about((await shown('serve.py', 'timeout_keep_alive'))!).endsWith('\n- In force: `7`'));
    assert.ok(about((await shown('config.py', 'timeout_keep_alive'))!).endsWith('\n- In force: `8`'));
    assert.ok(about((await shown('gunicorn.conf.py', 'post_fork'))!).includes('before a gevent worker patches'));
  });

  it('shows the whole launch on its program', async () => {
    await started();
    const text = about((await shown('Dockerfile', '"gunicorn"'))!);
    assert.equal(text, [
      `Gunicorn starts \`app:app\`, [app.py](${folder.uri('app.py')})`,
      [
        '- Worker class: `gevent`',
        '- Processes: 2',
        '- Each serves up to `1000` clients at a time, in greenlets',
        '- Production: nothing here says otherwise',
        '- Runs in a container',
        `- Configuration file: [gunicorn.conf.py](${folder.uri('gunicorn.conf.py')})`,
        '- Settings in force:',
        `  - \`timeout\` = \`120\`, ${link('Dockerfile', 2, 47)}`,
        `  - \`keepalive\` = \`5\`, ${link('gunicorn.conf.py', 4, 1)}`,
        `  - \`workers\` = \`2\`, ${link('gunicorn.conf.py', 5, 1)}`,
        `  - \`post_fork\`, ${link('gunicorn.conf.py', 8, 5)}`,
        `  - \`worker_class\` = \`gevent\`, ${link('Dockerfile', 2, 24)}`,
        `  - \`threads\` = \`2\`, ${link('Dockerfile', 2, 54)}; ignored`,
      ].join('\n'),
    ].join('\n\n'));
    const worker = about((await shown('celery.sh', 'celery -A', 0))!);
    assert.ok(worker.includes('- Pool: `gevent`\n- Processes: 1\n- It works on `20` tasks at a time'), worker);
    assert.ok(worker.includes('`broker` = `redis://:…@db/0`') && !worker.includes('secret'), worker);
    assert.ok(about((await shown('serve.py', 'uvicorn.run', 9))!).includes('- Processes: 4\n- Each serves its clients on one event loop'));
  });

  it('shows the sum of connections on each number in it', async () => {
    await started();
    const sums = new Set<string>();
    for (const [name, target] of [['app.py', '10'], ['app.py', '20'], ['compose.yaml', '4 --timeout'], ['compose.yaml', '200']] as const) {
      const text = (await shown(name, target))?.value ?? '';
      sums.add(/Connections that can be open at a time: .*/.exec(text)?.[0] ?? `none on ${target}`);
      assert.ok(text.includes(`10 in the pool of each process and 20 more under load, ${link('app.py', 4, 55)}`), text);
    }
    assert.equal(sums.size, 1, [...sums].join('\n'));
    assert.match([...sums][0]!, /= \d+; PostgreSQL takes 200 − 3 = 197$/);
  });

  it('speaks Chinese', async () => {
    await started({ locale: 'zh-cn' });
    const text = about((await shown('Dockerfile', '"--threads'))!);
    assert.equal(text, 'Gunicorn 的 `--threads`，在配置文件中写作 `threads`\n\n每个 worker 的线程数，每个线程处理一个请求。只有 `gthread` 使用。\n\n- 默认值：`1`\n- worker 类 `gevent` 忽略它\n- 生效的值：`2`');
    assert.ok(about((await shown('compose.yaml', 'gunicorn -w'))!).startsWith('Gunicorn 启动 `app:app`，'));
  });

  it('is plain text where the editor shows no Markdown', async () => {
    await started({ capabilities: { ...able, textDocument: { ...able.textDocument, hover: { contentFormat: ['plaintext'] } } } });
    const { kind, value } = (await shown('Dockerfile', '"--timeout"'))!;
    assert.equal(kind, 'plaintext');
    assert.doesNotMatch(value, /`|\]\(/);
  });

  it('is silent on everything else, and answers for commands that nobody can read', async () => {
    await started();
    for (const [name, target] of [['compose.yaml', 'image'], ['compose.yaml', 'services'], ['Dockerfile', 'python'], ['gunicorn.conf.py', 'import'], ['app.py', 'Flask'], ['serve.sh', '启动']] as const) {
      assert.equal(await shown(name, target), undefined, `${name}: ${target}`);
    }
    for (const target of ['gunicorn', '--timeout', '"30']) await shown('broken.sh', target);
  });
});
