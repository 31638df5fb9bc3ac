/** The tree read out of the parser's memory is the tree of the public cursor, node by node. */

import assert from 'node:assert/strict';
import { Language, Parser, type Edit, type Tree } from 'web-tree-sitter';
import { loadParsers, type SourceParser } from '../server/src/languages/parser.ts';
import { errorKind } from '../server/src/languages/tree.ts';
import { grammars } from './grammars.ts';

interface Grammar {
  readonly source: SourceParser;
  readonly parser: Parser;
}

let python: Grammar;
let bash: Grammar;

before(async () => {
  const parsers = await loadParsers(grammars);
  const make = async (source: SourceParser, bytes: Uint8Array): Promise<Grammar> => {
    const parser = new Parser();
    parser.setLanguage(await Language.load(bytes));
    return { source, parser };
  };
  python = await make(parsers.python, grammars.python);
  bash = await make(parsers.bash, grammars.bash);
});

/** Compares every node, and says which one differs. Returns how many there are. */
function compare({ source: { reader } }: Grammar, tree: Tree, text: string): number {
  const flat = reader.read(tree);
  const cursor = tree.walk();
  const open: number[] = [];
  let i = 0;
  try {
    for (let more = true; more;) {
      const where = `node ${i} (${cursor.nodeType} ${JSON.stringify(text.slice(cursor.startIndex, cursor.endIndex).slice(0, 40))})`;
      assert.ok(i < flat.count, `${where} is missing from the flat tree`);
      const kind = flat.kind[i]!;
      assert.deepEqual(
        { kind: kind === errorKind ? 'ERROR' : reader.kinds[kind], named: kind === errorKind || reader.named[kind], field: flat.field[i], start: flat.start[i], end: flat.end[i], parent: flat.parent[i], missing: flat.missing[i] },
        { kind: cursor.nodeType, named: cursor.nodeIsNamed, field: cursor.currentFieldId, start: cursor.startIndex, end: cursor.endIndex, parent: open.at(-1) ?? -1, missing: Number(cursor.nodeIsMissing) },
        where,
      );
      open.push(i++);
      if (cursor.gotoFirstChild()) continue;
      for (;;) {
        assert.equal(flat.next[open.at(-1)!], i, `the end of node ${open.at(-1)}'s descendants`);
        open.pop();
        if (cursor.gotoNextSibling()) break;
        if (!cursor.gotoParent()) {
          more = false;
          break;
        }
      }
    }
  } finally {
    cursor.delete();
  }
  assert.equal(flat.count, i, 'number of nodes');
  return i;
}

function parses(grammar: Grammar, text: string): number {
  const tree = grammar.parser.parse(text)!;
  try {
    return compare(grammar, tree, text);
  } finally {
    tree.delete();
  }
}

/** Applies the edits one after the other, each parsed upon the tree before, and compares after each. */
function edits(grammar: Grammar, text: string, steps: readonly { readonly at: number; readonly remove?: number; readonly insert?: string }[]): void {
  let tree = grammar.parser.parse(text)!;
  try {
    for (const { at, remove = 0, insert = '' } of steps) {
      const after = text.slice(0, at) + insert + text.slice(at + remove);
      tree.edit({
        startIndex: at, oldEndIndex: at + remove, newEndIndex: at + insert.length,
        startPosition: point(text, at), oldEndPosition: point(text, at + remove), newEndPosition: point(after, at + insert.length),
      } as Edit);
      const next = grammar.parser.parse(after, tree)!;
      tree.delete();
      tree = next;
      text = after;
      compare(grammar, tree, text);
    }
  } finally {
    tree.delete();
  }
}

function point(text: string, index: number): { row: number; column: number } {
  const lines = text.slice(0, index).split('\n');
  return { row: lines.length - 1, column: lines.at(-1)!.length };
}

const pythonTexts: Readonly<Record<string, string>> = {
  'an empty file': '',
  'white space only': '\n\n   \n\t\n',
  'a comment without a line break': '# nothing else',
  'imports, docstring, future': '"""Doc."""\nfrom __future__ import annotations\nimport os.path as p, sys\nfrom . import (a, b as c,)\nfrom ..x.y import *\n',
  'functions with decorators, defaults and annotations': '@app.get("/a", deps=[1])\n@other\nasync def f(a, /, b: int = 1, *args: str, c, d=None, **kw) -> dict[str, int] | None:\n    """Doc"""\n    return await g(a, *args, k=1, **kw)\n',
  'classes': 'class A(B, metaclass=M):\n    x: int = 1\n    y = z = 2\n    def __init__(self): self.q = 1; self.w, self.e = 1, 2\n    @property\n    def p(self): ...\n',
  'control flow': 'if a: pass\nelif b and not c: pass\nelse:\n    pass\nfor i, (j, *k) in x: break\nelse: continue\nwhile (n := f()): pass\ntry:\n    x\nexcept (A, B) as e: raise C from e\nexcept* D: pass\nelse: y\nfinally: z\nwith a as b, (c) as d: pass\nasync def m():\n    async with (x as y, z): pass\n    async for q in r: yield q\n',
  'match': 'match x:\n    case {"a": [1, *_], **rest} if y: pass\n    case Point(x=0) | None: pass\n    case _: pass\n',
  'expressions': 'x = [a for b in c if d for e in f]\ny = {k: v async for k, v in z}\nl = lambda *a, b=1: (a, b)\nt = a if b else c\nu = x[1:2, ..., ::3]\nv = -a ** ~b @ c // d << e\nw = a < b <= c is not d not in e\nprint(*a, **b, sep="")\ndel a, b[0]\nassert a, "b"\nglobal q\nnonlocal r\n',
  'f-strings': 'a = f"x{y!r:>{width}} {{z}} {f\'{inner}\'} {a[\'b\']} {x = }"\nb = rf"\\d{n}" "plain" b\'bytes\'\nc = f"""\n{\n  multi\n}\n"""\n',
  'strings with escapes': 'a = "\\n\\x41\\N{BULLET}\\\n next"\nb = r"\\"\nc = \'\'\'a"b\'\'\'\n',
  'types': 'type A[T: int, *Ts, **P] = list[T]\ndef f[T](x: T) -> T: ...\nclass B[T]: ...\n',
  'print and exec of old': 'print "hello", x\nprint >>f, y\nexec "code" in ns\n',
  'line continuations and semicolons': 'a = 1 + \\\n    2; b = (3 +\n  4)\nif a: b; c;\n',
  'carriage returns': 'def f():\r\n    # comment\r\n    return """a\r\nb"""\r\n\r\nx = (1,\r\n  2)\r\n',
  'Chinese and emoji': '名字 = "😀 你好"; 函数(名字, é="🏳️‍🌈")\n# 注释 😀\nx = {"键": [😀]}\n',
  'a form feed and a byte order mark': '\ufeffimport a\n\f\nx = 1\n',
  'an unclosed call': 'def f():\n    x = g(1, [2, {3: (4\n\ndef h():\n    return 1\n',
  'an unclosed string': 'x = "abc\ny = 1\nz = """never\nclosed\n',
  'a half-written statement': 'import\nfrom x import\ndef\nclass A(\nfor x in\n    pass\nreturn await\nwith open( as f:\n',
  'broken indentation': 'if a:\n    b\n  c\n      d\nelse\n    e\n',
  'text that is no Python': 'Lorem ipsum; <html>&nbsp;</html> $$$ ??? `x` {{% y %}}\n\0\x01\x02',
  'merge conflict marks': '<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n',
  'comments everywhere': '# a\nx = [ # b\n  1, # c\n  # d\n]  # e\ndef f( # g\n  a, # h\n): # i\n  # j\n  return ( # k\n    a # l\n  )\n  # m\n# n\n',
  'deep nesting': `x = ${'('.repeat(400)}1${')'.repeat(400)}\n${Array.from({ length: 60 }, (_, i) => `${' '.repeat(i)}if a:\n`).join('')}${' '.repeat(60)}pass\n`,
  'a huge list': `x = [${Array.from({ length: 30000 }, (_, i) => `${i}, "s${i}"`).join(', ')}]\n`,
  'a huge chain': `x = a${Array.from({ length: 2000 }, (_, i) => `.m${i}(${i})`).join('')}\ny = ${Array.from({ length: 3000 }, (_, i) => `v${i}`).join(' + ')}\n`,
  'wide gaps and long lines': `x = 1${' '.repeat(70000)}+ 2\n${'\n'.repeat(400)}y = "${'z'.repeat(100000)}"\n`,
};

const bashTexts: Readonly<Record<string, string>> = {
  'an empty file': '',
  'commands with flags, assignments and redirections': '#!/bin/bash\nset -euo pipefail\nA=b C="d e" exec gunicorn -w 4 --bind=0.0.0.0:${PORT:-8000} app:app >>log 2>&1 < in &\n',
  'expansions': 'echo "${a:-$(b "$c" `d`)}" $((1 + x * 2)) ${#y} ${z//a/b} ${arr[@]} "$@" $? $\'q\\n\' {1..3}\n',
  'control flow': 'if [ -f a ] && [[ $b == c* ]]; then d; elif ! e; then f; else g; fi\nfor i in 1 2 "$x"; do echo $i; done\nfor ((i=0;i<3;i++)); do :; done\nwhile read -r l; do :; done < f\ncase "$1" in a|b) c;; *) d;; esac\n',
  'functions, groups and pipes': 'f() { local a=1; return 2; }\nfunction g { (cd x && y) | { z; } || true; }\n',
  'a here-document': 'cat <<EOF >out\n$a `b` 😀\nEOF\ncat <<-\'X\'\n\traw $y\n\tX\ncat <<<"$z"\n',
  'arrays and continuations': 'ARGS=(-w 4 \\\n  --timeout 30)\nARGS+=("--x=$y")\ngunicorn "${ARGS[@]}" \\\n  app:app\n',
  'carriage returns': 'a=1\r\nb \\\r\n c\r\n',
  'Chinese and emoji': '# 启动 😀\necho "你好 😀" 名=值 && 命令 --参数=🏳️‍🌈\n',
  'syntax errors': 'if [ a; then\nfor in do\ncase x\n"unclosed $( ( ${\n',
  'text that is no shell': '{"json": [1, 2]}\n<xml/>\n(((\n',
};

describe('The flat tree', () => {
  for (const [name, text] of Object.entries(pythonTexts)) it(`of Python: ${name}`, () => assert.ok(parses(python, text) > 0));
  for (const [name, text] of Object.entries(bashTexts)) it(`of shell: ${name}`, () => assert.ok(parses(bash, text) > 0));

  it('of every text joined, cut off at many places', () => {
    const { 'a huge list': _list, 'a huge chain': _chain, 'wide gaps and long lines': _gaps, 'deep nesting': _deep, ...small } = pythonTexts;
    const text = Object.values(small).join('\n');
    for (let cut = 0; cut < text.length; cut += 97) parses(python, text.slice(cut, cut + 700));
    const shell = Object.values(bashTexts).join('\n');
    for (let cut = 0; cut < shell.length; cut += 53) parses(bash, shell.slice(cut, cut + 400));
  });

  it('after edits, each parsed upon the tree before', () => {
    const text = Object.values({ ...pythonTexts, 'a huge list': '', 'a huge chain': '', 'wide gaps and long lines': '' }).join('\n');
    const at = (needle: string): number => {
      assert.ok(text.includes(needle));
      return text.indexOf(needle);
    };
    edits(python, text, [{ at: at('return await g'), insert: 'x' }, { at: at('return await g'), remove: 1 }]);
    edits(python, text, [{ at: at('async def f'), remove: 6 }, { at: at('async def f'), insert: 'async ' }]);
    edits(python, text, [{ at: 0, insert: 'import 你好😀\n' }, { at: 7, remove: 2 }, { at: 3, insert: '(' }]);
    // One half of a surrogate pair changes.
    edits(python, text, [{ at: at('😀 你好') + 1, remove: 1, insert: '\ude01' }]);
    edits(python, text, [{ at: at('"""Doc."""'), remove: 3 }, { at: at('"""Doc."""'), insert: '"""' }]);
    edits(python, text, [{ at: at('class A'), insert: 'def half(:\n' }, { at: text.length, insert: '\n)' }]);
    const shell = Object.values(bashTexts).join('\n');
    edits(bash, shell, [{ at: shell.indexOf('gunicorn'), insert: 'x=1 ' }, { at: shell.indexOf('EOF'), remove: 1 }, { at: 0, insert: 'if ' }]);
  });

  it('after many edits in a row', () => {
    // A fixed sequence of pseudo-random numbers, so that a failure can be seen again.
    let state = 12345;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % below;
    };
    const pieces = ['(', ')', '\n', '    ', 'def f():\n', '"', '#', 'await ', 'x', ':', '😀', '\r\n', 'class A:', ',', 'f"{', '}'];
    const text = pythonTexts['control flow']! + pythonTexts['f-strings']! + pythonTexts['Chinese and emoji']!;
    let length = text.length;
    const steps = Array.from({ length: 300 }, () => {
      const at = random(length);
      const remove = random(3) === 0 ? Math.min(random(6), length - at) : 0;
      const insert = pieces[random(pieces.length)]!;
      length += insert.length - remove;
      return { at, remove, insert };
    });
    edits(python, text, steps);
  });

  it('is the same for a file that is being edited and one that is read anew', () => {
    const before = pythonTexts['control flow']! + pythonTexts['expressions']!;
    const after = before.replace('while (n', 'while 😀(n').replace('lambda', 'lambda q,');
    const copy = (flat: ReturnType<SourceParser['parse']>) => ({ kind: [...flat.kind.slice(0, flat.count)], start: [...flat.start.slice(0, flat.count)], end: [...flat.end.slice(0, flat.count)] });
    const { source } = python;
    source.parse('edited.py', before, true);
    source.parse('edited.py', after, true);
    const edited = copy(source.parse('edited.py', before, true));
    source.close('edited.py');
    assert.deepEqual(edited, copy(source.parse('fresh.py', before, false)));
  });
});
