/** Settings of launches: where each comes from and which wins; and the applications and versions behind them. */

import assert from 'node:assert/strict';
import { serverTable } from '../../server/src/knowledge/servers.ts';
import { containerFacts } from '../../server/src/languages/containers.ts';
import { loadParsers, type Parsers } from '../../server/src/languages/parser.ts';
import { pythonFacts } from '../../server/src/languages/python.ts';
import { shellFacts } from '../../server/src/languages/shell.ts';
import { emptyFacts } from '../../server/src/facts.ts';
import { languageOf } from '../../server/src/engine.ts';
import { applicationOf } from '../../server/src/workspace/applications.ts';
import { Project } from '../../server/src/workspace/project.ts';
import { processesOf, type Launch } from '../../server/src/workspace/launches.ts';
import { mayBe, mustBe, versionOf } from '../../server/src/workspace/versions.ts';
import { grammars } from '../grammars.ts';

let parsers: Parsers;
before(async () => { parsers = await loadParsers(grammars); });

type Files = Readonly<Record<string, string>>;

function projectOf(files: Files): Project {
  const project = new Project();
  const shell = { kinds: parsers.bash.reader.kinds, parse: (text: string) => parsers.bash.parse('', text, false) };
  for (const [path, text] of Object.entries(files)) {
    const language = languageOf(path, text);
    if (language === 'python') project.set(pythonFacts(path, text, parsers.python.parse(path, text, false), parsers.python.reader));
    else if (language === 'shell') project.set(shellFacts(path, text, shell));
    else project.set(language === 'requirements' || language === 'config' || language === 'other' ? emptyFacts(path, language, text) : containerFacts(path, text, language, shell));
  }
  return project;
}

function one(files: Files): Launch {
  const found = projectOf(files).allLaunches().map(({ launch }) => launch);
  assert.equal(found.length, 1, found.map(({ program, path }) => `${program} in ${path}`).join());
  return found[0]!;
}

/** `name=value source path:line`, for the settings asked for. */
function told(files: Files, ...names: readonly string[]): readonly string[] {
  const { settings } = one(files);
  return names.map((name) => {
    const setting = settings.get(name);
    if (!setting) return `${name} is not set`;
    const line = files[setting.path]!.slice(0, setting.range.start).split('\n').length;
    return `${name}=${setting.value ?? (setting.computed ? 'computed' : '?')} ${setting.source} ${setting.path}:${line}`;
  });
}

describe('Settings of a launch', () => {
  it('win in this order: default, config file, GUNICORN_CMD_ARGS, command line', () => {
    const conf = 'workers = 2\ntimeout = 20\nkeepalive = 5\n';
    const files = { 'gunicorn.conf.py': conf, 'run.sh': 'export WEB_CONCURRENCY=1\nexport GUNICORN_CMD_ARGS="--timeout 30 --threads 2"\ngunicorn --threads 8 app:app\n' };
    assert.deepEqual(told(files, 'workers', 'timeout', 'keepalive', 'threads'), [
      'workers=2 config gunicorn.conf.py:1', 'timeout=30 environment run.sh:2', 'keepalive=5 config gunicorn.conf.py:3', 'threads=8 flag run.sh:3',
    ]);
    assert.deepEqual(one(files).overridden.map(({ name, value, source }) => `${name}=${value} ${source}`).sort(), ['threads=2 environment', 'timeout=20 config', 'workers=1 default-environment']);
    assert.deepEqual(one({ 'run.sh': 'gunicorn -w 2 --workers 4 -b :80 -b :81 app:app\n' }).overridden.map(({ name, value }) => `${name}=${value}`), ['workers=2']);
  });

  it('have defaults in the environment of other programs too', () => {
    const ran = (line: string, ...names: string[]) => told({ 'run.sh': `${line}\n` }, ...names);
    assert.deepEqual(ran('export WEB_CONCURRENCY=3; uvicorn a:b', 'workers'), ['workers=3 default-environment run.sh:1']);
    assert.deepEqual(ran('export WEB_CONCURRENCY=3 UVICORN_WORKERS=5; uvicorn a:b', 'workers'), ['workers=5 default-environment run.sh:1']);
    assert.deepEqual(ran('UVICORN_PORT=80 uvicorn a:b --workers 2', 'port', 'workers'), ['port=80 default-environment run.sh:1', 'workers=2 flag run.sh:1']);
    assert.deepEqual(ran('export GRANIAN_INTERFACE=asgi; granian a:b', 'interface'), ['interface=asgi default-environment run.sh:1']);
    assert.deepEqual(ran('export FLASK_APP=x FLASK_DEBUG=1; flask run', 'app', 'debug'), ['app=x default-environment run.sh:1', 'debug=1 default-environment run.sh:1']);
    assert.deepEqual(ran('WORKERS=3; WEB_CONCURRENCY=$WORKERS; gunicorn a:b', 'workers'), ['workers is not set']);
    assert.deepEqual(ran('PORT=80 gunicorn a:b', 'bind'), ['bind=0.0.0.0:80 default-environment run.sh:1']);
  });

  const values: readonly (readonly [string, string])[] = [
    ['4', '4'], ['"4"', '4'], ['2 * 2 + 1', '5'], ['int(os.getenv("W", "4"))', '4'], ['int(os.environ.get("W", 4)) * 2', '8'], ['os.getenv("W") or 3', '3'],
    ['int(os.getenv("W"))', '?'], ['os.environ["W"]', '?'], ['f"{W}"', '?'], ['count()', '?'], ['BASE', '7'], ['max(BASE, 9)', '9'],
    ['multiprocessing.cpu_count() * 2 + 1', 'computed'], ['(os.cpu_count() or 1) + 1', 'computed'], ['min(multiprocessing.cpu_count(), 4)', 'computed'], ['len(os.sched_getaffinity(0))', 'computed'],
    ['int(os.getenv("SET", "4"))', '6'], ['str(BASE)', '7'],
  ];
  for (const [written, value] of values) {
    it(`are evaluated: workers = ${written}`, () => {
      const conf = `import os, multiprocessing\nBASE = 7\nworkers = ${written}\n`;
      assert.deepEqual(told({ 'gunicorn.conf.py': conf, 'run.sh': 'export SET=6\ngunicorn app:app\n' }, 'workers'), [`workers=${value} config gunicorn.conf.py:3`]);
    });
  }

  it('of a config file are known only where nothing else may set them', () => {
    const set = (conf: string, others: Files = {}) => {
      const files = { 'gunicorn.conf.py': conf, 'run.sh': 'gunicorn app:app\n', ...others };
      return [...told(files, 'workers').map((text) => text.split(' ', 1)[0]), one(files).complete];
    };
    assert.deepEqual(set('workers = 1\nworkers = 2\n'), ['workers=2', true]);
    assert.deepEqual(set('if x:\n    workers = 2\n'), ['workers=?', true]);
    assert.deepEqual(set('workers = 1\nif x:\n    workers = 2\n'), ['workers=?', true]);
    assert.deepEqual(set('try:\n    workers = 2\nexcept ValueError:\n    pass\n'), ['workers=2', true]);
    assert.deepEqual(set('from base import *\n', { 'base.py': 'workers = 3\n' }), ['workers=3', true]);
    assert.deepEqual(set('from elsewhere import *\nworkers = 4\n'), ['workers=4', false]);
    assert.deepEqual(set('import os\nworkers = 1\nfor key, value in os.environ.items():\n    locals()[key.lower()] = value\n'), ['workers=1', false]);
    assert.deepEqual(set('workers = 2\ndef broken(:\n'), ['workers=2', false]);
    assert.deepEqual(set('workers: int\n'), ['workers', true]);
  });

  it('name flags that the program does not have', () => {
    const flags = (line: string) => one({ 'run.sh': `${line}\n` }).unknownFlags.map(({ name, value }) => (value === undefined ? name : `${name} ${value}`));
    assert.deepEqual(flags('gunicorn --keepalive 5 --worker_class=gevent --preload-app app:app'), ['--keepalive 5', '--worker_class gevent', '--preload-app']);
    assert.deepEqual(flags('gunicorn --worker 4 --time 60 --thread 2 app:app'), ['--worker 4']);
    assert.deepEqual(flags('uvicorn app:app -w 4 --worker 2 --access-log'), ['-w 4', '--worker 2']);
    assert.deepEqual(flags('celery -A x worker -BE --concurency 4'), ['--concurency 4']);
    assert.deepEqual(flags('gunicorn $FLAGS --x$Y app:app'), []);
    assert.equal(serverTable('gunicorn')!.nearest('--keepalive')?.name, 'keepalive');
    assert.equal(serverTable('gunicorn')!.nearest('--error-log-file')?.name, 'errorlog');
    assert.equal(serverTable('gunicorn')!.nearest('preload')?.name, 'preload_app');
    assert.equal(serverTable('uvicorn')!.nearest('--worker')?.name, 'workers');
  });

  it('tell how many processes serve', () => {
    const processes = (line: string) => processesOf(one({ 'run.sh': `${line}\n` }));
    assert.equal(processes('gunicorn app:app'), 1);
    assert.equal(processes('gunicorn -w $(nproc) app:app'), undefined);
    assert.equal(processes('gunicorn $MORE app:app'), undefined);
    assert.equal(processes('uvicorn app:app --reload --workers 4'), 1);
    assert.equal(processes('celery -A x worker -c 4'), 4);
    assert.equal(processes('celery -A x worker'), undefined);
    assert.equal(processes('celery -A x worker -P gevent -c 100'), 1);
  });

  it('are told apart from those of a developer, with the reason', () => {
    const why = (path: string, text: string) => one({ [path]: text }).developmentEvidence;
    assert.equal(why('run.sh', 'gunicorn app:app\n'), undefined);
    assert.equal(why('run-dev.sh', 'gunicorn app:app\n'), 'run-dev.sh');
    assert.equal(why('run.sh', 'gunicorn --reload app:app\n'), '--reload');
    assert.equal(why('run.sh', 'fastapi dev main.py\n'), 'dev');
    assert.equal(why('run.sh', 'npm run dev &\nuvicorn app:app\n'), 'npm run dev');
    assert.match(why('run.sh', 'if [ "$ENV" = development ]; then\n  uvicorn app:app\nfi\n')!, /development/);
  });

  it('stand in a container where a container file starts the script', () => {
    const place = (files: Files) => one(files).place;
    assert.equal(place({ 'run.sh': 'gunicorn app:app\n' }), 'host');
    assert.equal(place({ 'run.sh': 'gunicorn app:app\n', 'docker/Dockerfile': 'FROM x\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n' }), 'container');
    assert.equal(place({ 'deploy/run.sh': 'gunicorn app:app\n', 'Dockerfile': 'FROM x\nCMD ["bash", "deploy/run.sh"]\n' }), 'container');
    assert.equal(place({ 'deploy/run.sh': 'gunicorn app:app\n', 'Dockerfile': 'FROM x\nCMD ["bash", "other/run.sh"]\n', 'other/run.sh': '' }), 'host');
    assert.equal(place({ 'Dockerfile': 'FROM x\nCMD gunicorn app:app\n' }), 'container');
    assert.equal(place({ 'web.service': '[Service]\nExecStart=/bin/gunicorn app:app\n' }), 'supervised');
    assert.equal(place({ 'Procfile': 'web: gunicorn app:app\n' }), 'unknown');
  });
});

describe('Settings of Celery applications', () => {
  const start = { 'run.sh': 'celery -A work worker\n' };
  const codes: readonly (readonly [string, Files, ...string[]])[] = [
    ['assigned', { 'work.py': 'from celery import Celery\napp = Celery()\napp.conf.worker_concurrency = 4\napp.conf["task_time_limit"] = 60 * 5\n' }, 'concurrency=4 config work.py:3', 'time_limit=300 config work.py:4'],
    ['updated', { 'work.py': 'from celery import Celery\napp = Celery()\napp.conf.update(worker_concurrency=4, task_time_limit=limit())\n' }, 'concurrency=4 config work.py:3', 'time_limit=? config work.py:3'],
    ['updated from a dictionary', { 'work.py': 'from celery import Celery\nconf = {\n    "worker_concurrency": 4,\n    "task_time_limit": 5,\n}\napp = Celery()\napp.conf.update(conf)\n' }, 'concurrency=4 config work.py:3', 'time_limit=5 config work.py:4'],
    ['a module', { 'work.py': 'from celery import Celery\napp = Celery()\napp.config_from_object("celeryconfig")\n', 'celeryconfig.py': 'worker_concurrency = 4\nCELERYD_TASK_TIME_LIMIT = 9\n' }, 'concurrency=4 config celeryconfig.py:1', 'time_limit=9 config celeryconfig.py:2'],
    ['a class', { 'work.py': 'from celery import Celery\nclass Config:\n    worker_concurrency = 4\n    task_time_limit = 9\napp = Celery()\napp.config_from_object(Config)\n' }, 'concurrency=4 config work.py:3', 'time_limit=9 config work.py:4'],
    ['a package', { 'work/__init__.py': '', 'work/celery.py': 'from celery import Celery\napp = Celery()\napp.conf.worker_concurrency = 4\napp.conf.task_time_limit = 9\n' }, 'concurrency=4 config work/celery.py:3', 'time_limit=9 config work/celery.py:4'],
    ['Django', { 'work/__init__.py': 'from .celery import app\n', 'work/celery.py': 'import os\nfrom celery import Celery\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "work.settings")\napp = Celery("work")\napp.config_from_object("django.conf:settings", namespace="CELERY")\n', 'work/settings.py': 'CELERY_WORKER_CONCURRENCY = 4\nCELERY_TASK_TIME_LIMIT = 30 * 60\n' }, 'concurrency=4 config work/settings.py:1', 'time_limit=1800 config work/settings.py:2'],
    ['Flask', { 'work.py': 'from celery import Celery\nfrom flask import Flask\nflask_app = Flask(__name__)\nflask_app.config.from_mapping(CELERY=dict(worker_concurrency=4, task_time_limit=9))\napp = Celery()\napp.config_from_object(flask_app.config["CELERY"])\n' }, 'concurrency=4 config work.py:4', 'time_limit=9 config work.py:4'],
  ];
  for (const [what, code, ...expected] of codes) {
    it(`are read: ${what}`, () => {
      const files = { ...code, ...start };
      assert.deepEqual(told(files, 'concurrency', 'time_limit'), expected);
      assert.ok(one(files).complete);
    });
  }

  it('lose to the command, and leave open what is out of sight', () => {
    const code = { 'work.py': 'from celery import Celery\napp = Celery()\napp.conf.worker_concurrency = 4\n' };
    assert.deepEqual(told({ ...code, 'run.sh': 'celery -A work worker -c 8\n' }, 'concurrency'), ['concurrency=8 flag run.sh:1']);
    assert.deepEqual(told({ ...code, 'run.sh': 'celery -A work.app worker -- worker.concurrency=6\n' }, 'concurrency'), ['concurrency=6 flag run.sh:1']);
    assert.ok(!one({ 'work.py': 'from celery import Celery\napp = Celery()\napp.config_from_object("elsewhere")\n', ...start }).complete);
    assert.ok(!one({ 'work.py': 'from celery import Celery\napp = Celery()\napp.conf.update(load())\n', ...start }).complete);
    assert.ok(!one({ 'work.py': 'from celery import Celery\napp = Celery()\napp.config_from_envvar("SETTINGS")\n', ...start }).complete);
  });
});

describe('Launches in Python', () => {
  const said = (text: string): readonly string[] => projectOf({ 'start.py': text, 'main.py': '' }).allLaunches().map(({ launch }) => {
    const settings = [...launch.settings].map(([name, { value, computed, range }]) => `${name}=${value ?? (computed ? 'computed' : '?')}@${text.slice(range.start, range.end)}`);
    return [`${launch.program} ${launch.application ?? '-'}`, ...settings, ...(launch.complete ? [] : ['incomplete'])].join(' ');
  });
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['import uvicorn\nuvicorn.run("main:app", workers=4, port=int(os.getenv("PORT", "80")))\n', 'uvicorn main:app workers=4@4 port=80@int(os.getenv("PORT", "80"))'],
    ['import uvicorn, multiprocessing\nuvicorn.run("main:app", workers=multiprocessing.cpu_count())\n', 'uvicorn main:app workers=computed@multiprocessing.cpu_count()'],
    ['import uvicorn\nuvicorn.run(app, **options)\n', 'uvicorn - incomplete'],
    ['import uvicorn\nconfig = uvicorn.Config("main:app", workers=2)\nserver = uvicorn.Server(config)\nserver.run()\n', 'uvicorn main:app workers=2@2'],
    ['from celery import Celery\napp = Celery()\napp.worker_main(argv=["worker", "-c", "4", "--pool=gevent"])\n', 'celery worker - concurrency=4@"4" pool=gevent@"--pool=gevent"'],
    ['from celery import Celery\napp = Celery()\napp.start(["beat"])\n', 'celery beat -'],
    ['import subprocess, sys\nsubprocess.Popen([sys.executable, "-m", "uvicorn", "main:app", "--reload", "--port", str(PORT)])\n', 'uvicorn main:app reload=true@"--reload" port=?@str(PORT)'],
    ['import subprocess\ncmd = ["gunicorn", "main:app",  # the app\n    "-w", "4"]\nsubprocess.run(cmd, check=True)\n', 'gunicorn main:app workers=4@"4"'],
    ['import subprocess\ncmd = ["gunicorn", "main:app"]\ncmd += ["-w", "4"]\nsubprocess.run(cmd)\n', 'gunicorn main:app incomplete'],
    ['import os\nos.execvp("gunicorn", ["gunicorn", "-k", "gevent", "main:app"])\n', 'gunicorn main:app worker_class=gevent@"gevent"'],
    ['import os\nos.system("gunicorn -w 2 main:app")\n', 'gunicorn main:app workers=2@"gunicorn -w 2 main:app"'],
    ['import subprocess\nsubprocess.run(["pip", "install", "gunicorn"])\nsubprocess.run(["python", "main.py"])\nsubprocess.run(["gunicorn", "--version"])\n'],
    ['import subprocess\nsubprocess.run(["gunicorn", *arguments])\n', 'gunicorn - incomplete'],
    ['import subprocess\nsubprocess.run(\nsubprocess.run([\n'],
  ];
  for (const [text, ...expected] of cases) it(text.replace(/\s+/g, ' ').slice(0, 90), () => assert.deepEqual(said(text), expected));
});

describe('The application of a launch', () => {
  const kind = (command: string, files: Files): string => {
    const project = projectOf({ ...files, 'run.sh': `${command}\n` });
    const { launch } = project.allLaunches().find(({ file }) => file.path === 'run.sh')!;
    const found = applicationOf(launch, project);
    return `${found?.found} ${found?.interface ?? '-'} ${found?.framework ?? '-'}${found?.socketio ? ` socketio ${found.socketio.asyncMode ?? 'auto'}` : ''}`;
  };
  const flask = 'from flask import Flask\n';
  const cases: readonly (readonly [string, string, Files])[] = [
    ['gunicorn app:app', 'yes wsgi flask.Flask', { 'app.py': `${flask}app = Flask(__name__)\n` }],
    ['gunicorn app:application', 'no - -', { 'app.py': `${flask}app = Flask(__name__)\n` }],
    ['gunicorn app', 'no - -', { 'app.py': `${flask}app = Flask(__name__)\n` }],
    ['gunicorn "app:create_app()"', 'yes wsgi flask.Flask', { 'app.py': `${flask}def create_app():\n    app = Flask(__name__)\n    return app\n` }],
    ['uvicorn --factory app:make', 'yes asgi fastapi.FastAPI', { 'app.py': 'import fastapi\ndef make():\n    return fastapi.FastAPI()\n' }],
    ['gunicorn app:app', 'yes asgi fastapi.FastAPI', { 'app.py': 'from core.web import app\n', 'core/__init__.py': '', 'core/web.py': 'from fastapi import FastAPI\napp = FastAPI()\n' }],
    ['gunicorn app:app', 'yes asgi fastapi.FastAPI', { 'app.py': 'from web import *\n', 'web.py': 'from fastapi import FastAPI\nclass Api(FastAPI):\n    pass\napp = Api()\n' }],
    ['gunicorn app:app', 'yes asgi asgiref.wsgi.WsgiToAsgi', { 'app.py': `${flask}from asgiref.wsgi import WsgiToAsgi\napp = WsgiToAsgi(Flask(__name__))\n` }],
    ['gunicorn app:app', 'yes wsgi werkzeug.middleware.proxy_fix.ProxyFix', { 'app.py': `${flask}from werkzeug.middleware.proxy_fix import ProxyFix\napp = Flask(__name__)\napp = ProxyFix(app)\n` }],
    ['gunicorn app:app', 'yes wsgi flask.Flask', { 'app.py': `${flask}from werkzeug.middleware.proxy_fix import ProxyFix\napp = Flask(__name__)\napp.wsgi_app = ProxyFix(app.wsgi_app)\n` }],
    ['gunicorn p.asgi:application', 'yes asgi django.core.asgi.get_asgi_application', { 'p/asgi.py': 'from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n' }],
    ['uvicorn app:app', 'yes asgi -', { 'app.py': 'async def app(scope, receive, send):\n    pass\n' }],
    ['gunicorn app:app', 'yes wsgi -', { 'app.py': 'def app(environ, start_response):\n    pass\n' }],
    ['gunicorn app:app', 'yes asgi socketio.ASGIApp socketio asgi', { 'app.py': 'import socketio\nfrom fastapi import FastAPI\nsio = socketio.AsyncServer(async_mode="asgi")\napp = socketio.ASGIApp(sio, FastAPI())\n' }],
    ['gunicorn app:app', 'yes wsgi flask.Flask socketio gevent', { 'app.py': `${flask}from extensions import socketio\napp = Flask(__name__)\nsocketio.init_app(app)\n`, 'extensions.py': 'from flask_socketio import SocketIO\nsocketio = SocketIO(async_mode="gevent")\n' }],
    ['gunicorn app:app.server', 'yes - -', { 'app.py': 'import dash\napp = dash.Dash()\n' }],
    ['gunicorn missing:app', 'unknown - -', { 'app.py': '' }],
    ['gunicorn app:app', 'unknown - -', { 'app.py': 'from nowhere import *\n' }],
    ['gunicorn app:app', 'unknown - -', { 'app.py': 'globals()["app"] = make()\n' }],
    ['gunicorn app:app', 'unknown - -', { 'app.py': 'def broken(:\n' }],
  ];
  for (const [command, expected, files] of cases) it(`${command}: ${Object.values(files).join('').replace(/\s+/g, ' ').slice(0, 80)}`, () => assert.equal(kind(command, files), expected));
});

describe('Versions of packages', () => {
  const version = (files: Files, name: string) => versionOf(projectOf(files), name);
  const bounds = (files: Files, name: string): string => {
    const found = version(files, name);
    return found ? [found.exact && `=${found.exact}`, found.minimum && `>=${found.minimum}`, found.below && `<${found.below}`].filter(Boolean).join(' ') || 'any' : 'none';
  };

  it('are read from requirements, projects and lock files', () => {
    assert.equal(bounds({ 'requirements.txt': '# gunicorn==1\nflask\ngunicorn[gevent]==21.2.0 ; python_version > "3.8" # web\n' }, 'gunicorn'), '=21.2.0');
    assert.equal(bounds({ 'requirements/base.txt': 'Flask_SocketIO>=5.3,<6\n' }, 'flask-socketio'), '>=5.3 <6');
    assert.equal(bounds({ 'requirements.txt': 'celery~=5.3.1\n' }, 'celery'), '>=5.3.1 <5.4');
    assert.equal(bounds({ 'requirements.txt': 'celery==5.*\n' }, 'celery'), '>=5 <6');
    assert.equal(bounds({ 'requirements.txt': 'celery\n' }, 'celery'), 'any');
    assert.equal(bounds({ 'pyproject.toml': '[project]\ndependencies = [\n  "gunicorn>=23",\n  "uvicorn[standard]",\n]\n' }, 'gunicorn'), '>=23');
    assert.equal(bounds({ 'pyproject.toml': '[tool.poetry.dependencies]\ngunicorn = "^20.1"\ncelery = {extras = ["redis"], version = "~5.2"}\n' }, 'gunicorn'), '>=20.1 <21');
    assert.equal(bounds({ 'pyproject.toml': '[tool.poetry.dependencies]\ncelery = {extras = ["redis"], version = "~5.2"}\n' }, 'celery'), '>=5.2 <5.3');
    assert.equal(bounds({ 'pyproject.toml': '[project]\ndependencies = ["gunicorn>=20"]\n', 'uv.lock': '[[package]]\nname = "gunicorn"\nversion = "23.0.0"\n' }, 'gunicorn'), '=23.0.0');
    assert.equal(bounds({ 'requirements.txt': 'flask\n' }, 'gunicorn'), 'none');
  });

  it('say what must and what may be', () => {
    const from = (text: string) => version({ 'requirements.txt': `gunicorn${text}\n` }, 'gunicorn');
    assert.ok(mustBe(from('==26.1.0'), '>=26'));
    assert.ok(mustBe(from('>=26'), '>=26'));
    assert.ok(!mustBe(from('>=25'), '>=26'));
    assert.ok(mayBe(from('>=25'), '>=26'));
    assert.ok(!mayBe(from('<26'), '>=26'));
    assert.ok(mustBe(from('<26'), '<26'));
    assert.ok(mayBe(from(''), '>=26'));
    assert.ok(!mustBe(from(''), '>=26'));
    assert.ok(!mayBe(undefined, '>=26'));
    assert.ok(!mustBe(undefined, '<26'));
  });
});
