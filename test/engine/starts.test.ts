/** What container, service and make files start: words, where they run, what they see, and where they stand. */

import assert from 'node:assert/strict';
import { languageOf } from '../../server/src/engine.ts';
import type { Command, Word } from '../../server/src/facts.ts';
import { containerFacts } from '../../server/src/languages/containers.ts';
import { loadParsers, type Parsers } from '../../server/src/languages/parser.ts';
import { shellFacts, type ShellParser } from '../../server/src/languages/shell.ts';
import { grammars } from '../grammars.ts';

let parsers: Parsers;
let shell: ShellParser;
before(async () => {
  parsers = await loadParsers(grammars);
  shell = { kinds: parsers.bash.reader.kinds, parse: (text) => parsers.bash.parse('', text, false) };
});

function commands(path: string, text: string): readonly Command[] {
  const language = languageOf(path, text);
  return (language === 'shell' ? shellFacts(path, text, shell) : containerFacts(path, text, language, shell)).commands;
}

/** A word: its value, `?` behind what is known of one that is not, `*` for any number of words, `~` for one written elsewhere. */
function word({ value, prefix, many, indirect }: Word): string {
  return (value === undefined ? `${prefix ?? ''}?` : /\s/.test(value) || value === '' ? JSON.stringify(value) : value) + (many ? '*' : '') + (indirect ? '~' : '');
}

/** One line for a command: its words, then what it sees, where it runs and under which conditions, as far as a case names any. */
function said(command: Command, extras: string): string {
  const parts = [command.words.map(word).join(' ')];
  if (extras.includes('in ')) parts.push(`in ${command.directories[0]}`);
  if (/ with( |$)/.test(extras)) parts.push(`with ${[...command.exported].map(([name, value]) => `${name}=${value?.value ?? '?'}`).join(' ')}`.trimEnd());
  if (extras.includes('if ')) parts.push(`if ${command.conditions.join(' & ')}`);
  return parts.join(' | ');
}

const unit = (lines: string): string => `[Unit]\nDescription=A service\n\n[Service]\n${lines}\n\n[Install]\nWantedBy=multi-user.target\n`;
const container = (lines: string): string => `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: web\n${lines.replace(/^/gm, '      ')}\n`;

const cases: Readonly<Record<string, readonly (readonly [text: string, ...expected: string[]])[]>> = {
  'app.service': [
    [unit('ExecStart=/srv/env/bin/gunicorn -w 3 app:app'), '/srv/env/bin/gunicorn -w 3 app:app'],
    [unit('ExecStart=gunicorn \\\n  # a comment\n  ; another\n  -w 3 \\\n  app:app\nRestart=always'), 'gunicorn -w 3 app:app'],
    [unit('ExecStart=-@!!/bin/gunicorn name -w 3 app:app'), '/bin/gunicorn -w 3 app:app'],
    [unit('ExecStart="/srv/my env/bin/gunicorn" --name \'a "b"\' \\x2dw "3" a\\x20b:app'), '"/srv/my env/bin/gunicorn" --name "a \\"b\\"" -w 3 "a b:app"'],
    [unit('Environment="W=3" \'A=b c\' D=%h\nEnvironment=OPTIONS="-k gevent"\nExecStart=gunicorn -w $W ${A} $OPTIONS app:app'), 'gunicorn -w 3~ "b c"~ -k~ gevent~ app:app | with W=3 A=b c D=? OPTIONS=-k gevent'],
    [unit('Environment=W=3\nExecStart=gunicorn -b :$W --pid=${W}.pid -t $${W} $N ${N} app:app'), 'gunicorn -b :$W --pid=3.pid~ -t ${W}~ ?*~ ?*~ app:app'],
    [unit('Environment=W=3\nExecStart=:gunicorn -w $W app:app'), 'gunicorn -w $W app:app'],
    [unit('Environment=W=3\nEnvironmentFile=-/etc/app.env\nExecStart=gunicorn -w $W app:app'), 'gunicorn -w ?*~ app:app | with W=?'],
    [unit('Environment=A=1\nEnvironment=\nEnvironment=B=2\nPassEnvironment=C D\nExecStart=gunicorn app:app'), 'gunicorn app:app | with B=2 C=? D=?'],
    [unit('ExecStart=gunicorn --bind unix:/run/%n.sock --access-logformat "%%(h)s" app:app'), 'gunicorn --bind unix:/run/?~ --access-logformat %(h)s~ app:app'],
    [unit('ExecStart=gunicorn a:a\nExecStart=\nExecStart=gunicorn b:b ; gunicorn c:c\nExecStartPre=gunicorn d:d\nExecStop=gunicorn e:e'), 'gunicorn b:b', 'gunicorn c:c'],
    [unit("Environment=W=3\nExecStart=/bin/sh -c 'cd web && exec gunicorn -w $$W -t ${T:-9} app:app'"), '/bin/sh -c "cd web && exec gunicorn -w $W -t ${T:-9} app:app"~ | in srv', 'exec gunicorn -w 3~ -t 9~ app:app | in srv/web'],
    [unit('WorkingDirectory=/srv/web\nExecStart=gunicorn app:app'), 'gunicorn app:app | in srv/srv/web'],
    [unit('WorkingDirectory=-%h/web\nExecStart=gunicorn app:app'), 'gunicorn app:app | in srv'],
    [unit('WorkingDirectory=/srv/web').replaceAll('[Service]', '[Other]\nExecStart=gunicorn app:app\n[Service]')],
    [unit('ExecStart=gunicorn -w {{ workers }} {% if reload %} --reload {% endif %} app:app'), 'gunicorn -w ?*~ ?*~ --reload ?*~ app:app'],
    ['[Service]\r\nExecStart=gunicorn \\\r\n  -w 3 \\ \r\n  app:app\r\n', 'gunicorn -w 3 app:app'],
    ['[Service]\nExecStart=gunicorn "app:app\nExecStart=\'\n', 'gunicorn app:app'],
    ['ExecStart', ], ['[Service\nExecStart=gunicorn a:b'], ['[Service]\nExecStart=gunicorn a:b\\', 'gunicorn a:b'],
  ],
  'supervisord.conf': [
    ['[program:web]\ncommand=gunicorn -w 3 app:app ; three workers\nautostart=true\n', 'gunicorn -w 3 app:app'],
    ['[program:web]\ncommand = /srv/bin/gunicorn\n    -w 3\n    # none of it\n    --name "my app" # a name\n    app:app\ndirectory = /srv/web\n', '/srv/bin/gunicorn -w 3 --name "my app" app:app | in srv/srv/web'],
    ['[program:web]\ncommand: gunicorn -w %(ENV_WORKERS)s -b 0.0.0.0:%(ENV_PORT)s --pid %(program_name)s.pid --access-logformat \'%%(h)s\' app:app\n', 'gunicorn -w ?*~ -b 0.0.0.0:?~ --pid web.pid~ --access-logformat %(h)s~ app:app'],
    ['[supervisord]\nenvironment=A="1,2",B=3\n[program:web]\nenvironment=GUNICORN_CMD_ARGS="-w 3",\n    B=\'%(ENV_B)s\'\ncommand=gunicorn -t $B app:app\n', 'gunicorn -t $B app:app | with A=1,2 B=? GUNICORN_CMD_ARGS=-w 3'],
    ['[program:web]\ncommand=bash -c "cd /srv/web && exec gunicorn -w ${W:-2} \'app:app\'"\n', 'bash -c "cd /srv/web && exec gunicorn -w ${W:-2} \'app:app\'"', 'exec gunicorn -w 2~ app:app'],
    ['[program:web]\ndirectory=%(here)s/web\ncommand=gunicorn app:app\n[program:none]\n[eventlistener:x]\ncommand=python x.py\n[group:y]\ncommand=gunicorn y:y\n', 'gunicorn app:app | in srv/web', 'python x.py | in srv'],
    ['[program:web]\ncommand=gunicorn -w ${WORKERS} {{ options }} app:app\n', 'gunicorn -w ?*~ ?*~ app:app'],
    ['[program:web]\r\ncommand=gunicorn\r\n\t-w 3\r\n\tapp:app\r\n', 'gunicorn -w 3 app:app'],
    ['[program:web]\ncommand=gunicorn "app:app\n', 'gunicorn app:app'], ['[program:'], ['[program:a]\ncommand=\n'],
  ],
  'Makefile': [
    ['run: build\n\t@gunicorn -w 3 \\\n\t\tapp:app\n', 'gunicorn -w 3 app:app | if make run'],
    ['W := 4\nBIN ?= .venv/bin\nrun:\n\t-$(BIN)/gunicorn -w $(W) -t ${W} -b :$$PORT "$(W)" app:app\n', '.venv/bin/gunicorn~ -w 4~ -t 4~ -b :?~ 4~ app:app'],
    ['BIND = "0.0.0.0:80"\nARGS = -w 4 --bind $(BIND)\nRUN = gunicorn $(ARGS)\nrun:\n\t$(RUN) app:app\n', 'gunicorn~ -w~ 4~ --bind~ 0.0.0.0:80~ app:app'],
    ['W = 1\nW += 2\nT = $(shell nproc)\nK = 1\nrun:\n\tgunicorn -w $(W) -t $(T) -k $(K) -b $(N) $(shell nproc) $@ app:app\nprod: K = 2\n', 'gunicorn -w ?*~ -t ?*~ -k ?*~ -b ?*~ ?*~ ?*~ app:app'],
    ['run: ; gunicorn app:app\nprod::\n\tcd web && PORT=1 uvicorn app:app --reload\n\techo $$PORT\n', 'gunicorn app:app | in srv | if make run', 'uvicorn app:app --reload | in srv/web | if make prod', 'echo ?*~ | in srv | if make prod'],
    ['.ONESHELL:\nrun:\n\tcd web\n\texport W=3\n\tgunicorn -w $$W app:app\n', 'gunicorn -w 3~ app:app | in srv/web | with W=3'],
    ['# run:\n#\tgunicorn app:app\ndefine X\n\tgunicorn app:app\nendef\nall:\n    gunicorn app:app\nX = y\n\techo a\n', 'echo a'],
    ['run:\r\n\tgunicorn -w 3 \\\r\n\t\tapp:app\r\n', 'gunicorn -w 3 app:app'],
    ['A = $(A)\nrun:\n\tgunicorn $(A) app:app\n', 'gunicorn ?*~ app:app'], ['a:\n\tgunicorn "$(B app:app\n', 'gunicorn', 'B app:app'], [':\n\t$\n=\n'], ['a:\n\t$(', ],
  ],
  'deploy.yaml': [
    [container('command: ["gunicorn", "-w", "3"]\nargs:\n  - app:app\n  - --timeout=9'), 'gunicorn -w 3 app:app --timeout=9'],
    [container('args: [uvicorn, \'app:app\', "--workers", "2"]'), 'uvicorn app:app --workers 2'],
    [container('command: [sh, -c]\nargs:\n  - |\n    set -e\n      cd web\n\n    exec gunicorn -w $(W) -t $T \\\n      app:app\nenv:\n  - name: W\n    value: "3"\n  - {name: T, value: "9"}'), 'sh -c "set -e\\n  cd web\\n\\nexec gunicorn -w 3 -t $T \\\\\\n  app:app"~ | in srv', 'exec gunicorn -w 3~ -t 9~ app:app | in srv/web'],
    [container('workingDir: /srv/web\ncommand: [gunicorn, -w, $(W), "-b:$(PORT)", --name=$$(W), app:app]\nenv:\n- name: W\n  value: "3"\n- name: PORT\n  valueFrom: {fieldRef: {}}'), 'gunicorn -w 3~ -b:?~ --name=$(W)~ app:app | in srv/srv/web | with W=3 PORT=?'],
    ['kind: A\n---\nspec:\n  template:\n    spec:\n      initContainers: [{command: [python, a.py]}]\n      containers:\n      - {name: x, command: [gunicorn, a:b]}\n---\nspec: [containers: [{command: [gunicorn, c:d]}]]\n', 'python a.py', 'gunicorn a:b', 'gunicorn c:d'],
    [container('command: ["gunicorn", "{{ .Values.app }}"]\nargs:\n  - -w\n  - "{{ .Values.workers | default "4" }}"\n  {{- if .Values.reload }}\n  - --reload\n  {{- end }}'), 'gunicorn ?*~ -w ?~ --reload ?*~'],
    [container('command: [gunicorn]\nargs:\n  - app:app\n  {{- toYaml .Values.args | nindent 8 }}\nenv: []'), 'gunicorn app:app ?*~'],
    [container('command: [gunicorn]\nargs:\n  - app:app\n{{- if .Values.env }}\nenv: []\n{{- end }}'), 'gunicorn app:app'],
    [container('command: [gunicorn]\nargs:\n  {{- toYaml .Values.args | nindent 12 }}')],
    [container('command: [gunicorn, app:app]\nargs: {{ .Values.args }}'), 'gunicorn app:app ?*~'],
    [container('command: [sh, -c]\nargs:\n  - |\n    gunicorn \\\n    {{- if .Values.reload }}\n      --reload \\\n    {{- end }}\n      app:app')],
    ['spec:\r\n  containers:\r\n  - command: [gunicorn, app:app]\r\n    args: ["-w",\r\n      "3"]\r\n', 'gunicorn app:app -w 3'],
    ['containers:\n- command: [gunicorn, "app:app\n'], ['containers: *a\n'], ['containers:\n- &a\n  <<: *a\n  command: [*b]\n'], ['name: ci\non: push\njobs: {}\n'],
  ],
  'compose.yaml': [
    ['services:\n  a:\n    command: gunicorn -w ${W:-4} -b :${PORT} --pid $$W.pid \'app:app\'\n', 'gunicorn -w 4~ -b :?~ --pid $W.pid~ app:app'],
    ['services:\n  a:\n    command: [gunicorn, "-w", "${W:-4}", \'-t${T}\', "app:app"]\n', 'gunicorn -w 4~ -t?~ app:app'],
    ['services:\n  a:\n    entrypoint: opentelemetry-instrument --a b\n    command: gunicorn app:app\n', 'opentelemetry-instrument --a b gunicorn app:app'],
    ['services:\n  a:\n    entrypoint: [./entrypoint.sh]\n    command: gunicorn app:app\n', './entrypoint.sh', 'gunicorn app:app'],
    ['services:\n  a:\n    command: |\n      gunicorn\n        -w 3\n\n        app:app\n', 'gunicorn -w 3 app:app'],
    ['services:\n  a:\n    command: >-\n      sh -c "cd web &&\n      gunicorn -w $${W:-2} ${ARGS} app:app"\n    environment: {W: 3}\n', 'sh -c cd web && gunicorn -w ${W:-2} ?~ | in srv', 'gunicorn -w 3~ ?*~ app:app | in srv/web'],
    ['x-web: &web\n  command: &command gunicorn a:b\n  environment: &env\n    A: 1\n    B: ${B}\nservices:\n  a:\n    <<: *web\n  b:\n    <<: [*web]\n    command: *command\n  c:\n    environment:\n      <<: *env\n      A: "2"\n      C:\n    command: gunicorn c:d\n', 'gunicorn a:b | with A=1 B=?', 'gunicorn c:d | with A=2 C=? B=?'],
    ['services:\n  a:\n    build: {context: web}\n    working_dir: /srv\n    environment: [A=1, B, "C=x y"]\n  b:\n    extends: {service: a}\n    command: gunicorn a:b\n    profiles: [dev]\n', 'gunicorn a:b | in srv/web/srv | with A=1 B=? C=x y | if --profile dev'],
    ['services:\n  a:\n    command: ["sh", "-c", "gunicorn \\\\\\n  -w 3 \\"app:app\\" --name \'a\\tb\'"]\n', 'sh -c "gunicorn \\\\\\n  -w 3 \\"app:app\\" --name \'a\\tb\'"', 'gunicorn -w 3 app:app --name "a\\tb"'],
    ['services:\n  a:\n    command: gunicorn {{ options }} app:app\n  b:\n    command:\n      - gunicorn\n{% if debug %}\n      - --reload\n{% endif %}\n', 'gunicorn ?*~ app:app', 'gunicorn --reload ?*~'],
    ['services:\r\n  a:\r\n    command:\r\n      - gunicorn\r\n      - app:app\r\n', 'gunicorn app:app'],
    ['services:\n  a:\n    command: python manage.py migrate && gunicorn app:app\n', 'python manage.py migrate', 'gunicorn app:app'],
    ['services:\n  a:\n    command: gunicorn "app:app\n', 'gunicorn app:app'], ['services:\n  a:\n    extends: a\n    command: *b\n'], ['services:\n\ta: b\n'], ['{{'], ['services: &a\n  b: *a\n'],
  ],
  'local.yml': [
    ['services:\n  web:\n    image: web\n    command: gunicorn app:app\n', 'gunicorn app:app'],
    ['services:\n  - web\nimage: x\n'],
  ],
  'Dockerfile': [
    ['FROM x\nSHELL ["/bin/bash", "-c"]\nCMD gunicorn \\\n  # a comment\n\n  -w 3 app:app\n', 'gunicorn -w 3 app:app'],
    ['FROM x\nSHELL ["powershell", "-Command"]\nCMD gunicorn app:app\n'],
    ['ARG V=3\nFROM x\nARG V\nARG T=9\nENV A=$V B=${T}0\nCMD gunicorn -w $A -t $B -b $V app:app\n', 'gunicorn -w 3~ -t 90~ -b ?* app:app | with A=3 B=90'],
    ['FROM a AS base\nWORKDIR /srv\nENV A=1\nCMD ["gunicorn", "a:a"]\nFROM a AS other\nCMD b\nFROM base\nWORKDIR web\n', 'gunicorn a:a | in srv/srv/web | with A=1'],
    ['FROM a AS base\nCMD ["gunicorn", "a:a"]\nFROM base\nENTRYPOINT ["env"]\n', 'env'],
    ['FROM x\nCOPY <<EOF /run.sh\nCMD gunicorn a:a\nEOF\nRUN <<-"END" bash\n\tCMD gunicorn b:b\n\tEND\nRUN echo $((1 << 2)) <<x\nCMD ["gunicorn", "c:c"]\n', 'gunicorn c:c'],
    ['FROM x\nENTRYPOINT ["tini", "--", "/docker-entrypoint.sh"]\nCMD ["gunicorn", "a:b"]\n', 'tini -- /docker-entrypoint.sh', 'gunicorn a:b'],
    ['FROM x\r\nCMD ["gunicorn", \\\r\n  "-w", "3", \\\r\n  "app:app"]\r\n', 'gunicorn -w 3 app:app'],
    ['# escape=`\nFROM x\nCMD gunicorn `\n  app:app\n', 'gunicorn app:app'],
    ['FROM x\nCMD ["gunicorn", "-w", "{{ workers }}", "app:app"]\n', 'gunicorn -w ?~ app:app'],
    ["FROM x\nCMD ['gunicorn', 'app:app']\n", 'gunicorn, app:app]'],
    ['FROM x\nCMD ["gunicorn", "app:app"\n', 'gunicorn, app:app'], ['FROM\nCMD'], ['CMD gunicorn a:b'], ['FROM x\nRUN <<EOF\nCMD gunicorn a:b\n', 'gunicorn a:b'],
  ],
  'Procfile': [
    ['web: cd web && gunicorn app:app -b :$PORT # comment\r\n# worker: gunicorn a:b\r\nrelease: gunicorn c:d\r\n', 'gunicorn app:app -b :? | in srv/web'],
    ['web: gunicorn {{ options }} app:app\n', 'gunicorn ?*~ app:app'],
    ['web: gunicorn "app:app\nworker:\n: x\n', 'gunicorn'],
  ],
  'run.sh': [
    ['if [ -f a ]; then\r\n  exec gunicorn \\\r\n    -w 3 \\\r\n    "app:app"\r\nfi\r\ncat <<EOF\r\ngunicorn a:b\r\nEOF\r\ngunicorn c:d\r\n', 'exec gunicorn -w 3 app:app', 'cat', 'gunicorn c:d'],
  ],
};

describe('Commands', () => {
  for (const [name, texts] of Object.entries(cases)) {
    describe(`in ${name}`, () => {
      for (const [text, ...expected] of texts) {
        it(JSON.stringify(text.replace(/^\[Unit\][^[]*|\[Install\][\s\S]*$|^apiVersion[\s\S]*name: web\s*/g, '').replace(/\s+/g, ' ')).slice(1, 100), () => {
          const found = commands(`srv/${name}`, text);
          assert.deepEqual(found.map((command, index) => said(command, (expected[index] ?? '').replace(/^[^|]*/, ''))), expected);
          for (const command of found) standsWhereItIsWritten(command, text);
        });
      }
    });
  }

  it('of no kind make a text of any kind fail', () => {
    const texts = ['', '\0', '\ufeff', '"', "'", '\\', '\\\n', '$', '$(', '${', '{{', '%(', '[', '[a]\n', 'a: [', 'a:\n\t', '- - -', '&a *a', 'x = \\\n', '\r', '<<EOF', 'CMD', 'FROM x\nCMD [', '}'.repeat(999), '('.repeat(999), '${'.repeat(500), `containers:\n- command: ["${'a '.repeat(9999)}"]`, `a:\n\tgunicorn ${'-w 3 '.repeat(3000)}`];
    const starts = { 'app.service': '[Service]\nExecStart=', 'supervisord.conf': '[program:a]\ncommand=', Makefile: 'a:\n\t', 'deploy.yaml': 'containers:\n- command: ', 'compose.yaml': 'services:\n  a:\n    command: ', Dockerfile: 'FROM x\nCMD ', Procfile: 'web: ', 'run.sh': '' };
    for (const [name, before] of Object.entries(starts)) for (const text of texts) assert.ok(commands(name, before + text) && commands(name, text));
  });

  it('of the same text are read in time that grows with it', () => {
    const long = `services:\n${Array.from({ length: 400 }, (_, index) => `  s${index}: &s${index}\n    <<: *s${Math.max(0, index - 1)}\n    command: gunicorn -w ${index} app:app\n`).join('')}`;
    assert.equal(commands('compose.yaml', long).length, 400);
  });
});

/** A word that stands in the file says there what it says; every word is somewhere in it. */
function standsWhereItIsWritten(command: Command, text: string): void {
  for (const one of command.words) {
    const written = text.slice(one.start, one.end);
    assert.ok(one.start < one.end && one.end <= text.length, `${word(one)} stands somewhere`);
    if (one.indirect || one.value === undefined || /\\x|\n/.test(written)) continue;
    const plain = (some: string): string => some.replace(/\\[nt]/g, ' ').replace(/["'\\]/g, '').replace(/\s+/g, ' ');
    assert.equal(plain(written), plain(one.value));
  }
}
