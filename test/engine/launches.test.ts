/** Start commands as people write them, and how they are understood. */

import assert from 'node:assert/strict';
import { containerFacts } from '../../server/src/languages/containers.ts';
import { loadParsers, type Parsers } from '../../server/src/languages/parser.ts';
import { pythonFacts } from '../../server/src/languages/python.ts';
import { shellFacts } from '../../server/src/languages/shell.ts';
import { languageOf } from '../../server/src/engine.ts';
import { Project } from '../../server/src/workspace/project.ts';
import { concurrencyOf, type Launch } from '../../server/src/workspace/launches.ts';
import { grammars } from '../grammars.ts';

let parsers: Parsers;
before(async () => { parsers = await loadParsers(grammars); });

function launches(files: Readonly<Record<string, string>>): readonly Launch[] {
  const project = new Project();
  const shell = { kinds: parsers.bash.reader.kinds, parse: (text: string) => parsers.bash.parse('', text, false) };
  for (const [path, text] of Object.entries(files)) {
    const language = languageOf(path, text);
    if (language === 'python') project.set(pythonFacts(path, text, parsers.python.parse(path, text, false), parsers.python.reader));
    else project.set(language === 'shell' ? shellFacts(path, text, shell) : containerFacts(path, text, language, shell));
  }
  return project.allLaunches().map(({ launch }) => launch);
}

/** One line for a launch: program, class, application, settings in the order they take effect, marks. */
function said(launch: Launch): string {
  const settings = [...launch.settings].map(([name, { value }]) => `${name}=${value ?? '?'}`);
  const marks = [...(launch.complete ? [] : ['incomplete']), ...(launch.development ? ['development'] : []), ...(launch.wrappers.length > 0 ? [`behind ${launch.wrappers.map((word) => word.value).join(' ')}`] : [])];
  return [`${launch.program}${launch.worker ? ` (${launch.worker.name})` : ''} ${launch.application ?? '?'}`, settings.join(' '), ...marks].filter((part) => part !== '').join(' | ');
}

const inShell: readonly (readonly [string, ...string[]])[] = [
  ['exec gunicorn \\\n  --bind "${HOST:-0.0.0.0}:${PORT:-5001}" \\\n  --workers ${WORKERS:-1} \\\n  --worker-class ${CLASS:-gevent} \\\n  app:app', 'gunicorn (gevent) app:app | bind=0.0.0.0:5001 workers=1 worker_class=gevent | behind exec'],
  ["gunicorn --chdir /opt -w 2 --threads 8 --access-logfile '-' 'app:http()'", 'gunicorn (gthread) app:http() | chdir=/opt workers=2 threads=8 accesslog=-'],
  ['gunicorn -kgevent -w4 -t=60 --thread 2 --pre app:app', 'gunicorn (gevent) app:app | worker_class=gevent workers=4 timeout=60 threads=2 preload_app=true'],
  ['gunicorn -k gevent\\\n -t $TIMEOUT\\\n $PID_ARG $PID_FILE\\\n project:application', 'gunicorn (gevent) project:application | worker_class=gevent timeout=? | incomplete'],
  ['exec gunicorn server:app -w 2 -b 0.0.0.0:${PORT} ${EXTRA_GUNICORN_ARGS}', 'gunicorn server:app | workers=2 bind=? | incomplete | behind exec'],
  ['gunicorn app:app --worker 4', 'gunicorn app:app | incomplete'],
  ['gunicorn --bind 0.0.0.0:5000 --error-log-file /log/error.log wsgi:app', 'gunicorn (sync) wsgi:app | bind=0.0.0.0:5000 | incomplete'],
  ['sudo -u www-data env A=b gunicorn app:app --log-file=x.log', 'gunicorn (sync) app:app | errorlog=x.log | behind sudo env'],
  ['python3 -m poetry run gunicorn -k uvicorn.workers.UvicornWorker app:app', 'gunicorn (uvicorn) app:app | worker_class=uvicorn.workers.UvicornWorker | behind poetry'],
  ['python3 -OO -m gunicorn app:app', 'gunicorn (sync) app:app'],
  ['.venv/bin/python .venv/bin/gunicorn app:app', 'gunicorn (sync) app:app'],
  ['python3 -O `which uvicorn` app.main:app --workers $N --log-level debug', 'uvicorn app.main:app | workers=? log_level=debug'],
  ['exec opentelemetry-instrument --traces_exporter otlp uvicorn src.main:app --reload', 'uvicorn src.main:app | reload=true | development | behind exec opentelemetry-instrument'],
  ['newrelic-admin run-program gunicorn --config conf.py wsgi:application', 'gunicorn wsgi:application | config=conf.py | incomplete | behind newrelic-admin'],
  ['WORKERS=$(((2 * $(nproc)) + 1))\ngunicorn project.wsgi --workers $WORKERS', 'gunicorn (sync) project.wsgi | workers=?'],
  ['gunicorn -w $(( 2 * `cat /proc/cpuinfo | grep core | wc -l` + 1 )) app:api', 'gunicorn (sync) app:api | workers=?'],
  ['CLASS="geventwebsocket.gunicorn.workers.GeventWebSocketWorker"\ngunicorn -k $CLASS run:app &', 'gunicorn (gws) run:app | worker_class=geventwebsocket.gunicorn.workers.GeventWebSocketWorker'],
  ['gunicorn -k $CLASS run:app\nCLASS=gevent', 'gunicorn run:app | worker_class=?'],
  ['W = 4\ngunicorn -w $W app:app', 'gunicorn (sync) app:app | workers=?'],
  ['if [ -z "$W" ]; then\n  W=4\nfi\ngunicorn -w $W app:app', 'gunicorn (sync) app:app | workers=4'],
  ['if [ "$A" = 1 ]; then\n  W=4\nelse\n  W=8\nfi\ngunicorn -w $W app:app', 'gunicorn (sync) app:app | workers=?'],
  [': "${W:=4}"\ngunicorn -w "$W" app:app', 'gunicorn (sync) app:app | workers=4'],
  ['set -- gunicorn "$@"\nexec "$@"', 'gunicorn ? | incomplete | behind exec'],
  ['export GUNICORN_CMD_ARGS="--bind=:80 --workers=3"\n../bin/gunicorn a:b -w 5', 'gunicorn (sync) a:b | bind=:80 workers=5'],
  ['[[ -z "${GUNICORN_CMD_ARGS}" ]] && GUNICORN_CMD_ARGS="-k gevent -w 4"\ngunicorn wsgi:app', 'gunicorn (sync) wsgi:app'],
  ['if [ "$ENVIRONMENT" != "prod" ]; then\n  uvicorn app:app\nelse\n  uvicorn app:app --workers 4\nfi', 'uvicorn app:app | development', 'uvicorn app:app | workers=4'],
  ['case "$1" in\n  worker) celery -A app worker -Ofair -Pgevent ;;\n  beat) celery -A app beat ;;\nesac', 'celery worker app | app=app optimization=fair pool=gevent', 'celery beat app | app=app'],
  ['( cd "$(dirname "$0")"\n  celery --app x worker --pool gevent )', 'celery worker x | app=x pool=gevent'],
  ['CMD="gunicorn config.wsgi --pid g.pid"\n[[ "$T" == "1" ]] && CMD="ddtrace-run $CMD"\n$CMD', 'gunicorn (sync) config.wsgi | pidfile=g.pid'],
  ['A="--workers $N --timeout 60 $MORE"\ngunicorn $A app:app', 'gunicorn app:app | workers=? timeout=60 | incomplete'],
  ['A="--workers $N --timeout 60"\ngunicorn $A app:app', 'gunicorn (sync) app:app | workers=? timeout=60'],
  ['A=""\nif [ -n "$L" ]; then A="timeout -k 9 $L"; fi\n$A gunicorn app:app', 'gunicorn (sync) app:app'],
  ['if [ "$ENV" = dev ]; then C="gunicorn --reload app"; else C="gunicorn -w 2 app"; fi\nexec $C', 'gunicorn (sync) app | reload=true | development | behind exec', 'gunicorn (sync) app | workers=2 | behind exec'],
  ['if which api; then C=(api); else C=(gunicorn app:app); fi\nexec "${C[@]}" -w 2', 'gunicorn (sync) app:app | workers=2 | behind exec'],
  ['if [ -n "$P" ]; then P=--preload; else P=""; fi\ngunicorn $P app:app', 'gunicorn app:app | incomplete'],
  ['run() {\n  exec gunicorn app "$@"\n}\nrun -w 4', 'gunicorn app | incomplete | behind exec'],
  ['A=1 B="$(gunicorn inner:app)" bash -lc "exec gunicorn outer:app -w \\"4\\""', 'gunicorn (sync) outer:app | workers=4 | behind exec'],
  ['su - app -c "gunicorn app:app"', 'gunicorn (sync) app:app'],
  ['granian server:app --interface=asgi --no-access-log', 'granian server:app | interface=asgi access_log=false'],
  ['fastapi dev main.py', 'fastapi main.py | development'],
  ['gunicron app:app\ngunicorn\necho gunicorn app:app\npkill gunicorn\nwhich gunicorn'],
  ['cat > x.sh <<EOF\ngunicorn app:app\nEOF\n# gunicorn app:app'],
  ['CMD=\'bash -c "$CMD"\'\nbash -c "$CMD"'],
];

describe('Launches in shell', () => {
  for (const [text, ...expected] of inShell) {
    it(text.replace(/\s+/g, ' ').slice(0, 90), () => {
      assert.deepEqual(launches({ 'run.sh': `${text}\n` }).map(said), expected);
    });
  }

  it('stand at the word that names the program', () => {
    const text = 'echo "启动 🚀"; exec nohup "gunicorn" app:app\n';
    const [launch] = launches({ 'run.sh': text });
    assert.equal(text.slice(launch!.range.start, launch!.range.end), '"gunicorn"');
  });

  it('are silent about text of every kind', () => {
    for (const text of ['', '"', "'", '$(', '${', '`', 'a=(', 'if', 'case x in', '<<EOF', 'gunicorn "', 'cd && (', '\u0000\ufeff', '}'.repeat(50), '$('.repeat(200)]) assert.ok(launches({ 'run.sh': text }));
  });
});

describe('Launches in containers', () => {
  const files: readonly (readonly [string, string, ...string[]])[] = [
    ['Dockerfile', 'FROM x\nCMD ["python3", "-OO", "-m", "gunicorn", "--workers", "2", "app:create_app()"]', 'gunicorn (sync) app:create_app() | workers=2'],
    ['Dockerfile', 'FROM x\nCMD exec gunicorn --bind :$PORT --threads 8 \\\n  main:app', 'gunicorn (gthread) main:app | bind=? threads=8 | behind exec'],
    ['Dockerfile', 'FROM x\nENV W=3 CLASS=gevent\nCMD ["sh", "-c", "exec gunicorn -w $W -k ${CLASS} main:app"]', 'gunicorn (gevent) main:app | workers=3 worker_class=gevent | behind exec'],
    ['Dockerfile', 'FROM x\nENV W=3\nCMD ["gunicorn", "-w", "$W", "main:app"]', 'gunicorn (sync) main:app | workers=$W'],
    ['Dockerfile', 'FROM x\nENTRYPOINT ["gunicorn", "main:app"]\nCMD ["-w", "3"]', 'gunicorn (sync) main:app | workers=3'],
    ['Dockerfile', 'FROM x\nENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["gunicorn", "main:app"]', 'gunicorn (sync) main:app'],
    ['Dockerfile', 'FROM x\nENTRYPOINT gunicorn main:app\nCMD ["-w", "3"]', 'gunicorn (sync) main:app'],
    ['Dockerfile', 'FROM x AS dev\nCMD ["gunicorn", "dev:app"]\nFROM x\nRUN <<EOF\ngunicorn run:app\nEOF\nRUN gunicorn run:app'],
    ['Dockerfile', 'FROM x\nCMD ["PYTHON", "main.py"]'],
    ['Procfile', 'release: gunicorn --check-config a:b\nweb: gunicorn a:b -w $N\nworker: celery -A c worker -B', 'gunicorn (sync) a:b | workers=?', 'celery worker c | app=c beat=true'],
    ['compose.yaml', 'services:\n  a:\n    command: celery --concurrency=1 -A app.celery worker\n', 'celery worker app.celery | concurrency=1 app=app.celery'],
    ['compose.yaml', 'services:\n  a:\n    command:\n      - gunicorn\n      - -w\n      - "${N:-4}"\n      - app:app\n    environment: [GUNICORN_CMD_ARGS=--timeout 9]\n', 'gunicorn (sync) app:app | timeout=9 workers=4'],
    ['compose.yaml', 'services:\n  a:\n    entrypoint: [sh, -c]\n    command: ["gunicorn \\"app:app\\""]\n', 'gunicorn (sync) app:app'],
    ['compose.yaml', 'services:\n  a:\n    command: |\n      sh -c "\n        gunicorn app:app -w 3\n      "\n', 'gunicorn (sync) app:app | workers=3'],
    ['compose.yaml', 'services: [gunicorn\n'],
  ];
  for (const [path, text, ...expected] of files) {
    it(`${path}: ${text.replace(/\s+/g, ' ').slice(0, 90)}`, () => assert.deepEqual(launches({ [path]: text }).map(said), expected));
  }
});

describe('Launches across files', () => {
  const one = (files: Readonly<Record<string, string>>): Launch => {
    const found = launches(files);
    assert.equal(found.length, 1);
    return found[0]!;
  };

  it('find the application where the command runs', () => {
    const code = { 'app.py': '', 'backend/app.py': '', 'backend/wsgi/__init__.py': '' };
    assert.equal(one({ ...code, 'start.sh': 'gunicorn app:app\n' }).entry, 'app.py');
    assert.equal(one({ ...code, 'start.sh': 'cd backend && gunicorn app:app\n' }).entry, 'backend/app.py');
    assert.equal(one({ ...code, 'scripts/start.sh': 'cd "$(dirname "$0")/../backend"\ngunicorn app:app\n' }).entry, 'backend/app.py');
    assert.equal(one({ ...code, 'scripts/start.sh': 'DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)\ncd "$DIR/backend"\ngunicorn app:app\n' }).entry, 'backend/app.py');
    assert.equal(one({ ...code, 'start.sh': 'gunicorn --chdir backend app:app\n' }).entry, 'backend/app.py');
    assert.equal(one({ ...code, 'backend/Dockerfile': 'FROM x\nWORKDIR /srv\nCMD ["gunicorn", "app:app"]\n' }).entry, 'backend/app.py');
    assert.equal(one({ ...code, 'start.sh': 'gunicorn wsgi:app\n' }).entry, 'backend/wsgi/__init__.py');
    assert.equal(one({ ...code, 'start.sh': 'gunicorn nowhere:app\n' }).entry, undefined);
    assert.equal(one({ ...code, 'start.sh': 'cd backend\npython app.py\n' }).entry, 'backend/app.py');
  });

  it('read the configuration file under the flags', () => {
    const conf = 'import os\nworker_class = "gevent"\ntimeout = 60\nworkers = os.cpu_count()\nkeep_alive = 5\nwsgi_app = "app:app"\npreload_app: bool\n';
    const launch = one({ 'gunicorn.conf.py': conf, 'start.sh': 'gunicorn -t 9\n' });
    assert.equal(said(launch), 'gunicorn (gevent) app:app | worker_class=gevent timeout=9 workers=? wsgi_app=app:app');
    assert.equal(launch.settings.get('worker_class')!.path, 'gunicorn.conf.py');
    assert.equal(said(one({ 'deploy/g.py': conf, 'start.sh': 'gunicorn -c /srv/deploy/g.py a:b\n' })), 'gunicorn (gevent) a:b | worker_class=gevent timeout=60 workers=? wsgi_app=app:app config=/srv/deploy/g.py');
    assert.equal(said(one({ 'g.py': 'from base import *\n', 'start.sh': 'gunicorn -c g.py a:b\n' })), 'gunicorn a:b | config=g.py | incomplete');
    // `--chdir` does not move the look-up of the default file.
    assert.equal(one({ 'sub/gunicorn.conf.py': conf, 'start.sh': 'gunicorn --chdir sub app:app\n' }).config, undefined);
  });

  it('know programs that serve by themselves', () => {
    const found = launches({
      'a.py': 'from gevent.pywsgi import WSGIServer\nWSGIServer(("", 80), app).serve_forever()\n',
      'b.py': 'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run("app:app", reload=True)\n',
      'c.py': 'from flask import Flask\napp = Flask(__name__)\ndef main():\n    app.run(debug=True)\nmain()\n',
      'd.py': 'def run(): pass\nrun()\nclass A:\n    def run(self): pass\nA().run()\n',
    });
    assert.deepEqual(found.map((launch) => [launch.path, launch.program, launch.callee, launch.entry, launch.development, concurrencyOf(launch)]), [
      ['a.py', 'python', 'gevent.pywsgi.WSGIServer.serve_forever', 'a.py', false, 'greenlets'],
      ['b.py', 'uvicorn', 'uvicorn.run', undefined, true, 'loop'],
      ['c.py', 'python', 'flask.Flask.run', 'c.py', true, undefined],
    ]);
  });
});
