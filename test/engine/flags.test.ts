/** Edits of flags in every kind of file: applied, the file is read again, and the launch has the new setting. */

import assert from 'node:assert/strict';
import { Engine } from '../../server/src/engine.ts';
import { assignmentsEdit } from '../../server/src/fixes/assignment.ts';
import { flagEdit, removeFlagEdit, replaceFlagEdit, valueEdit, type Flag } from '../../server/src/fixes/flag.ts';
import type { Facts } from '../../server/src/facts.ts';
import type { Edit } from '../../server/src/rule.ts';
import type { Launch } from '../../server/src/workspace/launches.ts';
import { grammars } from '../grammars.ts';

let engine: Engine;
before(async () => { engine = await Engine.create(grammars); });
afterEach(() => { for (const path of [...engine.paths()]) engine.delete(path); });

function read(path: string, text: string): { readonly file: Facts; readonly launch: Launch } {
  engine.set(path, text);
  const [launch] = engine.launches(path);
  assert.ok(launch, `${path} starts something:\n${text}`);
  return { file: engine.facts(path)!, launch };
}

function applied(text: string, edit: Edit | undefined): string {
  assert.ok(edit, 'there is an edit');
  return text.slice(0, edit.range.start) + edit.text + text.slice(edit.range.end);
}

const settings = (path: string, text: string): Record<string, string | undefined> => Object.fromEntries([...read(path, text).launch.settings].map(([name, { value }]) => [name, value]));

/** A command as `text` with `-k gevent`, `--threads 4` and `-w 3` in it; the text after `--timeout 30` was added. */
const layouts: readonly (readonly [path: string, text: string, added: string, removed: string])[] = [
  ['a.sh', 'exec gunicorn -k gevent --threads 4 -w 3 app:app &\n', 'exec gunicorn -k gevent --threads 4 -w 3 --timeout 30 app:app &\n', 'exec gunicorn -k gevent -w 3 app:app &\n'],
  ['b.sh', 'gunicorn \\\n  -k gevent \\\n  --threads=4 \\\n  -w=3 \\\n  app:app >> log 2>&1\n', 'gunicorn \\\n  -k gevent \\\n  --threads=4 \\\n  -w=3 \\\n  --timeout 30 \\\n  app:app >> log 2>&1\n', 'gunicorn \\\n  -k gevent \\\n  -w=3 \\\n  app:app >> log 2>&1\n'],
  ['c.sh', 'gunicorn app:app \\\r\n\t-kgevent \\\r\n\t--workers=3 \\\r\n\t--threads=4\r\n', 'gunicorn app:app \\\r\n\t-kgevent \\\r\n\t--workers=3 \\\r\n\t--threads=4 \\\r\n\t--timeout=30\r\n', 'gunicorn app:app \\\r\n\t-kgevent \\\r\n\t--workers=3\r\n'],
  ['d.sh', 'bash -c "cd x && gunicorn -k \'gevent\' --threads 4 -w 3 app:app"\n', 'bash -c "cd x && gunicorn -k \'gevent\' --threads 4 -w 3 --timeout 30 app:app"\n', 'bash -c "cd x && gunicorn -k \'gevent\' -w 3 app:app"\n'],
  ['Procfile', 'web: gunicorn app:app -k gevent --threads 4 -w 3', 'web: gunicorn app:app -k gevent --threads 4 -w 3 --timeout 30', 'web: gunicorn app:app -k gevent -w 3'],
  ['Dockerfile', 'FROM x\nCMD ["gunicorn", "-k", "gevent", "--threads", "4", "-w", "3", "app:app"]\n', 'FROM x\nCMD ["gunicorn", "-k", "gevent", "--threads", "4", "-w", "3", "--timeout", "30", "app:app"]\n', 'FROM x\nCMD ["gunicorn", "-k", "gevent", "-w", "3", "app:app"]\n'],
  ['e/Dockerfile', 'FROM x\nCMD [ \\\n    "gunicorn", \\\n    "-k", "gevent", \\\n    "--threads=4", \\\n    "--workers=3" \\\n]\nENV X=1\n'.replace('"gunicorn",', '"gunicorn", "app:app",'), 'FROM x\nCMD [ \\\n    "gunicorn", "app:app", \\\n    "-k", "gevent", \\\n    "--threads=4", \\\n    "--workers=3", \\\n    "--timeout=30" \\\n]\nENV X=1\n', 'FROM x\nCMD [ \\\n    "gunicorn", "app:app", \\\n    "-k", "gevent", \\\n    "--workers=3" \\\n]\nENV X=1\n'],
  ['f/Dockerfile', 'FROM x\nCMD exec gunicorn -k gevent \\\n    # threads\n    --threads 4 \\\n    -w 3 \\\n    app:app\n', 'FROM x\nCMD exec gunicorn -k gevent \\\n    # threads\n    --threads 4 \\\n    -w 3 \\\n    --timeout 30 \\\n    app:app\n', 'FROM x\nCMD exec gunicorn -k gevent \\\n    # threads\n    -w 3 \\\n    app:app\n'],
  ['g/Dockerfile', 'FROM x\nENTRYPOINT ["gunicorn", "-k", "gevent"]\nCMD ["--threads", "4", "-w", "3", "app:app"]\n', 'FROM x\nENTRYPOINT ["gunicorn", "-k", "gevent"]\nCMD ["--threads", "4", "-w", "3", "--timeout", "30", "app:app"]\n', 'FROM x\nENTRYPOINT ["gunicorn", "-k", "gevent"]\nCMD ["-w", "3", "app:app"]\n'],
  ['h/Dockerfile', 'FROM x\nCMD ["sh", "-c", "exec gunicorn -k gevent --threads 4 -w 3 \\"app:app\\""]\n', 'FROM x\nCMD ["sh", "-c", "exec gunicorn -k gevent --threads 4 -w 3 --timeout 30 \\"app:app\\""]\n', 'FROM x\nCMD ["sh", "-c", "exec gunicorn -k gevent -w 3 \\"app:app\\""]\n'],
  ['compose.yaml', 'services:\n  a:\n    command: gunicorn -k gevent --threads 4 -w 3 app:app # serve\n', 'services:\n  a:\n    command: gunicorn -k gevent --threads 4 -w 3 --timeout 30 app:app # serve\n', 'services:\n  a:\n    command: gunicorn -k gevent -w 3 app:app # serve\n'],
  ['a/compose.yaml', 'services:\n  a:\n    command:\n      - gunicorn\n      - -k\n      - gevent\n      - --threads # four\n      - "4"\n      - -w\n      - "3" # workers\n      - app:app\n', 'services:\n  a:\n    command:\n      - gunicorn\n      - -k\n      - gevent\n      - --threads # four\n      - "4"\n      - -w\n      - "3" # workers\n      - --timeout\n      - "30"\n      - app:app\n', 'services:\n  a:\n    command:\n      - gunicorn\n      - -k\n      - gevent\n      - -w\n      - "3" # workers\n      - app:app\n'],
  ['b/compose.yaml', 'services:\r\n  a:\r\n    command:\r\n    - "gunicorn"\r\n    - "-kgevent"\r\n    - "--threads=4"\r\n    - "--workers=3"\r\n    - "app:app"\r\n', 'services:\r\n  a:\r\n    command:\r\n    - "gunicorn"\r\n    - "-kgevent"\r\n    - "--threads=4"\r\n    - "--workers=3"\r\n    - "--timeout=30"\r\n    - "app:app"\r\n', 'services:\r\n  a:\r\n    command:\r\n    - "gunicorn"\r\n    - "-kgevent"\r\n    - "--workers=3"\r\n    - "app:app"\r\n'],
  ['c/compose.yaml', "services:\n  a:\n    command: ['gunicorn', '-k', 'gevent', '--threads', '4', '-w', '3', 'app:app']\n", "services:\n  a:\n    command: ['gunicorn', '-k', 'gevent', '--threads', '4', '-w', '3', '--timeout', '30', 'app:app']\n", "services:\n  a:\n    command: ['gunicorn', '-k', 'gevent', '-w', '3', 'app:app']\n"],
  ['d/compose.yaml', 'services:\n  a:\n    command: >\n      gunicorn\n      -k gevent\n      --threads 4\n      -w 3\n      app:app\n', 'services:\n  a:\n    command: >\n      gunicorn\n      -k gevent\n      --threads 4\n      -w 3\n      --timeout 30\n      app:app\n', 'services:\n  a:\n    command: >\n      gunicorn\n      -k gevent\n      -w 3\n      app:app\n'],
  ['pod.yaml', 'spec:\n  containers:\n    - command: ["gunicorn", "-k", "gevent"]\n      args:\n        - --threads=4\n        - -w=3\n        - app:app\n', 'spec:\n  containers:\n    - command: ["gunicorn", "-k", "gevent"]\n      args:\n        - --threads=4\n        - -w=3\n        - --timeout\n        - "30"\n        - app:app\n', 'spec:\n  containers:\n    - command: ["gunicorn", "-k", "gevent"]\n      args:\n        - -w=3\n        - app:app\n'],
  ['script.yaml', 'spec:\n  containers:\n    - command: [sh, -c]\n      args:\n        - |\n          exec gunicorn -k gevent \\\n            --threads 4 \\\n            -w 3 \\\n            app:app\n', 'spec:\n  containers:\n    - command: [sh, -c]\n      args:\n        - |\n          exec gunicorn -k gevent \\\n            --threads 4 \\\n            -w 3 \\\n            --timeout 30 \\\n            app:app\n', 'spec:\n  containers:\n    - command: [sh, -c]\n      args:\n        - |\n          exec gunicorn -k gevent \\\n            -w 3 \\\n            app:app\n'],
  ['a.service', '[Service]\nExecStart=/srv/bin/gunicorn \\\n    -k gevent \\\n    --threads 4 \\\n    -w 3 \\\n    app:app\nRestart=always\n', '[Service]\nExecStart=/srv/bin/gunicorn \\\n    -k gevent \\\n    --threads 4 \\\n    -w 3 \\\n    --timeout 30 \\\n    app:app\nRestart=always\n', '[Service]\nExecStart=/srv/bin/gunicorn \\\n    -k gevent \\\n    -w 3 \\\n    app:app\nRestart=always\n'],
  ['supervisord.conf', '[program:a]\ncommand=gunicorn -k gevent\n    --threads 4\n    -w 3\n    app:app ; web\n', '[program:a]\ncommand=gunicorn -k gevent\n    --threads 4\n    -w 3\n    --timeout 30\n    app:app ; web\n', '[program:a]\ncommand=gunicorn -k gevent\n    -w 3\n    app:app ; web\n'],
  ['Makefile', 'run:\n\t@gunicorn -k gevent \\\n\t\t--threads 4 \\\n\t\t-w 3 \\\n\t\tapp:app\n', 'run:\n\t@gunicorn -k gevent \\\n\t\t--threads 4 \\\n\t\t-w 3 \\\n\t\t--timeout 30 \\\n\t\tapp:app\n', 'run:\n\t@gunicorn -k gevent \\\n\t\t-w 3 \\\n\t\tapp:app\n'],
];

describe('Flags', () => {
  for (const [path, text, added, removed] of layouts) {
    it(`in ${path}: ${text.replace(/\s+/g, ' ').slice(0, 70)}`, () => {
      const timeout: Flag = { name: '--timeout', value: '30' };
      const { file, launch } = read(path, text);
      assert.equal(launch.application, 'app:app');
      assert.equal(applied(text, flagEdit(file, launch, [timeout])), added);
      assert.equal(applied(text, removeFlagEdit(file, launch, launch.settings.get('threads')!)), removed);
      const workers = applied(text, valueEdit(file, launch, launch.settings.get('workers')!, '12'));
      const threads = applied(text, replaceFlagEdit(file, launch, launch.settings.get('threads')!, '--backlog'));
      const kind = applied(text, valueEdit(file, launch, launch.settings.get('worker_class')!, 'gthread'));
      const before = { worker_class: 'gevent', threads: '4', workers: '3' };
      assert.deepEqual(settings(path, added), { ...before, timeout: '30' });
      assert.deepEqual(settings(path, removed), { worker_class: 'gevent', workers: '3' });
      assert.deepEqual(settings(path, workers), { ...before, workers: '12' });
      assert.deepEqual(settings(path, threads), { worker_class: 'gevent', backlog: '4', workers: '3' });
      assert.deepEqual(settings(path, kind), { ...before, worker_class: 'gthread' });
      assert.equal(workers.length, text.length + 1);
      const both = applied(text, flagEdit(file, launch, [timeout, { name: '--preload' }]));
      assert.deepEqual(settings(path, both), { ...before, timeout: '30', preload_app: 'true' });
    });
  }

  const adding: readonly (readonly [path: string, text: string, expected: string | undefined])[] = [
    ['a.sh', 'gunicorn app:app\n', 'gunicorn app:app --timeout 30\n'],
    ['a.sh', 'gunicorn app:app "$@" 2>&1\n', 'gunicorn app:app "$@" --timeout 30 2>&1\n'],
    ['a.sh', 'OPTIONS="-w 3"\ngunicorn -k gevent $OPTIONS app:app\n', 'OPTIONS="-w 3"\ngunicorn -k gevent --timeout 30 $OPTIONS app:app\n'],
    ['a.sh', 'CMD="gunicorn app:app"\n$CMD\n', 'CMD="gunicorn app:app"\n$CMD --timeout 30\n'],
    ['a.sh', 'CMD=(gunicorn app:app)\nexec "${CMD[@]}"\n', 'CMD=(gunicorn app:app)\nexec "${CMD[@]}" --timeout 30\n'],
    ['a.sh', 'CMD="gunicorn app:app"\nbash -c "$CMD"\n', 'CMD="gunicorn app:app"\nbash -c "$CMD --timeout 30"\n'],
    ['a.sh', 'celery -A app worker\n', 'celery -A app worker --timeout 30\n'],
    ['a.sh', 'celery \\\n  --app app \\\n  worker \\\n  -l info\n', 'celery \\\n  --app app \\\n  worker \\\n  -l info \\\n  --timeout 30\n'],
    ['Dockerfile', 'FROM x\nCMD ["gunicorn", "app:app"]\n', 'FROM x\nCMD ["gunicorn", "app:app", "--timeout", "30"]\n'],
    ['compose.yaml', 'services:\n  a:\n    command:\n      - gunicorn\n      - app:app\n', 'services:\n  a:\n    command:\n      - gunicorn\n      - app:app\n      - --timeout\n      - "30"\n'],
    ['compose.yaml', 'services:\n  a:\n    command:\n      - gunicorn\n      - app:app', 'services:\n  a:\n    command:\n      - gunicorn\n      - app:app\n      - --timeout\n      - "30"'],
    ['Makefile', 'RUN = gunicorn app:app\nrun:\n\t$(RUN)\n', 'RUN = gunicorn app:app\nrun:\n\t$(RUN) --timeout 30\n'],
    ['main.py', 'import uvicorn\n\nuvicorn.run("app:app", port=80)\n', 'import uvicorn\n\nuvicorn.run("app:app", port=80, timeout=30)\n'],
    ['main.py', 'import uvicorn\n\nuvicorn.run(\n    "app:app",\n    port=80,\n)\n', 'import uvicorn\n\nuvicorn.run(\n    "app:app",\n    port=80,\n    timeout=30,\n)\n'],
  ];
  for (const [path, text, expected] of adding) {
    it(`are added: ${text.replace(/\s+/g, ' ')}`, () => {
      const { file, launch } = read(path, text);
      const edit = flagEdit(file, launch, [{ name: '--timeout', value: '30' }]);
      assert.equal(edit && applied(text, edit), expected);
    });
  }

  it('are left alone where they are written elsewhere, or in no plain words', () => {
    const text = 'export GUNICORN_CMD_ARGS="-t 9"\nW=4\nO="--threads 4"\ngunicorn -w $W $O --bind "$HOST:80" --preload app:app\n';
    const { file, launch } = read('a.sh', text);
    const of = (name: string) => launch.settings.get(name)!;
    for (const name of ['timeout', 'threads']) assert.deepEqual([removeFlagEdit(file, launch, of(name)), valueEdit(file, launch, of(name), '5'), replaceFlagEdit(file, launch, of(name), '--backlog')], [undefined, undefined, undefined]);
    for (const name of ['workers', 'bind', 'preload_app']) assert.equal(valueEdit(file, launch, of(name), '5'), undefined);
    assert.equal(applied(text, removeFlagEdit(file, launch, of('workers'))), text.replace(' -w $W', ''));
    assert.equal(applied(text, removeFlagEdit(file, launch, of('preload_app'))), text.replace(' --preload', ''));
    assert.equal(flagEdit(file, launch, [{ name: '--name', value: 'a "b"' }]), undefined);
    assert.equal(valueEdit(file, launch, { ...of('workers'), path: 'other.sh' }, '5'), undefined);
  });

  it('get another name, and leave their values', () => {
    const cases: readonly (readonly [path: string, text: string, expected: string])[] = [
      ['a.sh', 'gunicorn --error-log-file /x.log app:app\n', 'gunicorn --error-logfile /x.log app:app\n'],
      ['a.sh', 'gunicorn "--error-log-file=/x.log" app:app\n', 'gunicorn "--error-logfile=/x.log" app:app\n'],
      ['a.sh', 'gunicorn --error-log-file=$LOG app:app\n', 'gunicorn --error-logfile=$LOG app:app\n'],
      ['Dockerfile', 'FROM x\nCMD ["gunicorn", "--error-log-file=/x", "app:app"]\n', 'FROM x\nCMD ["gunicorn", "--error-logfile=/x", "app:app"]\n'],
    ];
    for (const [path, text, expected] of cases) {
      const { file, launch } = read(path, text);
      assert.equal(applied(text, replaceFlagEdit(file, launch, launch.unknownFlags[0]!, '--error-logfile')), expected);
    }
    const text = 'gunicorn -w4 app:app\n';
    const { file, launch } = read('a.sh', text);
    assert.equal(applied(text, replaceFlagEdit(file, launch, launch.settings.get('workers')!, '--threads')), 'gunicorn --threads=4 app:app\n');
    assert.equal(applied(text, replaceFlagEdit(file, launch, launch.arguments.at(-1)!, 'main:app')), 'gunicorn -w4 main:app\n');
  });

  it('of calls are keywords', () => {
    const text = 'import uvicorn\n\nuvicorn.run("app:app", reload=True, port=80)\n';
    const { file, launch } = read('main.py', text);
    assert.equal(applied(text, removeFlagEdit(file, launch, launch.settings.get('reload')!)), text.replace(', reload=True', ''));
    assert.equal(applied(text, removeFlagEdit(file, launch, launch.settings.get('port')!)), text.replace(', port=80', ''));
    assert.equal(applied(text, valueEdit(file, launch, launch.settings.get('reload')!, 'false')), text.replace('True', 'False'));
    assert.equal(applied(text, flagEdit(file, launch, [{ name: '--log-level', value: 'info' }, { name: '--access-log' }])), text.replace('80)', '80, log_level="info", access_log=True)'));
  });

  it('of a server object are keywords where its settings are stated', () => {
    const text = 'import uvicorn\n\nconfig = uvicorn.Config("app:app", reload=True)\nserver = uvicorn.Server(config)\nserver.run()\n';
    const { file, launch } = read('main.py', text);
    assert.equal(applied(text, removeFlagEdit(file, launch, launch.settings.get('reload')!)), text.replace(', reload=True', ''));
    assert.equal(applied(text, flagEdit(file, launch, [{ name: '--workers', value: '4' }])), text.replace('True)', 'True, workers=4)'));
  });

  it('in lists of Python are strings', () => {
    const lists: readonly (readonly [text: string, added: string, removed: string])[] = [
      ['import subprocess, sys\nsubprocess.Popen([sys.executable, "-m", "gunicorn", "--threads", "4", "app:app"])\n', '"4", "--timeout", "30", "app:app"', '"gunicorn", "app:app"'],
      ["import subprocess\nsubprocess.run([\n    'gunicorn',\n    '--threads=4',\n    'app:app',\n])\n", "'--threads=4',\n    '--timeout=30',\n    'app:app'", "'gunicorn',\n    'app:app'"],
      ['from celery import Celery\napp = Celery("app")\napp.worker_main(["worker", "--threads", "4"])\n'.replaceAll('threads', 'autoscale'), '["worker", "--autoscale", "4", "--timeout", "30"]', '["worker"]'],
    ];
    for (const [text, added, removed] of lists) {
      const { file, launch } = read('main.py', text);
      const setting = launch.settings.get('threads') ?? launch.settings.get('autoscale')!;
      assert.ok(applied(text, flagEdit(file, launch, [{ name: '--timeout', value: '30' }])).includes(added));
      assert.ok(applied(text, removeFlagEdit(file, launch, setting)).includes(removed));
      assert.equal(applied(text, valueEdit(file, launch, setting, '8')), text.replace('4', '8'));
    }
    const { file, launch } = read('main.py', 'import os\nos.system("gunicorn --threads 4 app:app")\n');
    assert.equal(flagEdit(file, launch, [{ name: '--timeout', value: '30' }]), undefined);
  });

  it('of a configuration file are assignments', () => {
    const config = 'import os\n\nbind = ":80"\nworkers = (\n    4\n)  # four\ntimeout: int = 30\nif os.getenv("X"):\n    reload = True\nthreads = backlog = 5\nkeepalive = 2; preload_app = True\n';
    engine.set('gunicorn.conf.py', config);
    const { launch } = read('a.sh', 'gunicorn app:app\n');
    const file = engine.facts('gunicorn.conf.py')!;
    const of = (name: string) => launch.settings.get(name)!;
    assert.equal(applied(config, valueEdit(file, launch, of('bind'), ':90')), config.replace('":80"', '":90"'));
    assert.equal(applied(config, valueEdit(file, launch, of('workers'), '2')), config.replace('(\n    4\n)', '2'));
    assert.equal(applied(config, valueEdit(file, undefined, of('timeout'), '60')), config.replace('30', '60'));
    assert.equal(applied(config, removeFlagEdit(file, launch, of('workers'))), config.replace('workers = (\n    4\n)  # four\n', ''));
    assert.equal(applied(config, replaceFlagEdit(file, undefined, of('timeout'), 'graceful_timeout')), config.replace('timeout', 'graceful_timeout'));
    for (const name of ['reload', 'keepalive']) assert.equal(removeFlagEdit(file, launch, of(name)), undefined);
    assert.equal(valueEdit(file, launch, of('threads'), '6'), undefined);
    assert.equal(applied(config, assignmentsEdit(file, [{ name: 'max_requests', value: '1000' }, { name: 'loglevel', value: 'info' }])), `${config}max_requests = 1000\nloglevel = "info"\n`);
    engine.set('empty/gunicorn.conf.py', '');
    assert.equal(assignmentsEdit(engine.facts('empty/gunicorn.conf.py')!, [{ name: 'timeout', value: '9' }]).text, 'timeout = 9\n');
  });
});
