/** YAML with the places of its texts: merge keys and aliases followed, templates and unfinished parts kept apart. */

import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Document, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Range } from '../facts.ts';
import { aligned } from './alignment.ts';
import { filled, filledWord, type FilledText } from './filling.ts';
import type { Given, ListWord } from './starts.ts';
import type { Value } from './words.ts';

/** Fills in the references of the format (`$(A)`, `${A:-4}`) in a text. */
export type Filling = (text: FilledText) => FilledText;

/** Aliases and merge keys are followed so many levels deep: they may lead in circles. */
const deepest = 8;

/** One document of a YAML file. */
export class YamlFile {
  readonly #text: string;
  readonly #masked: string;
  readonly #holes: readonly Range[];
  readonly #document: Document;
  #anchors: Map<string, Node> | undefined;

  private constructor(text: string, masked: Masked, document: Document) {
    this.#text = text;
    this.#masked = masked.text;
    this.#holes = masked.holes;
    this.#document = document;
  }

  /** The documents of a file. Never throws: parts that do not parse are left out when they are asked for. */
  static read(text: string): YamlFile[] {
    const masked = withoutTemplates(text);
    const documents = parseAllDocuments(masked.text, { logLevel: 'silent', uniqueKeys: false });
    return (Array.isArray(documents) ? documents : []).map((document) => new YamlFile(text, masked, document));
  }

  get root(): Node | undefined {
    return this.followed(this.#document.contents);
  }

  /** What stands under `key`, in the map itself or in what it merges; aliases are followed. */
  at(map: YAMLMap, key: string): Node | undefined {
    for (const [name, value] of this.entries(map)) if (name === key) return value;
    return undefined;
  }

  mapAt(map: unknown, key: string): YAMLMap | undefined {
    const value = isMap(map) ? this.at(map, key) : undefined;
    return isMap(value) ? value : undefined;
  }

  /** A text without templates. */
  stringAt(map: YAMLMap, key: string): string | undefined {
    const value = this.at(map, key);
    return isScalar(value) && typeof value.value === 'string' && !value.value.includes(hole) ? value.value : undefined;
  }

  /** The keys of a map with their values, its own before those it merges (`<<`). */
  *entries(map: YAMLMap, level = 0): Generator<readonly [name: string, value: Node | undefined, key: Scalar]> {
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.range && key.value !== '<<') yield [String(key.value), this.followed(value), key];
    }
    if (level >= deepest) return;
    for (const { key, value } of map.items) {
      if (!isScalar(key) || key.value !== '<<') continue;
      const merged = this.followed(value);
      for (const one of isSeq(merged) ? merged.items.map((item) => this.followed(item)) : [merged]) if (isMap(one)) yield* this.entries(one, level + 1);
    }
  }

  followed(node: unknown): Node | undefined {
    let at = node;
    for (let level = 0; isAlias(at) && level < deepest; level++) at = this.#anchor(at.source);
    return isAlias(at) ? undefined : ((at ?? undefined) as Node | undefined);
  }

  #anchor(name: string): Node | undefined {
    if (!this.#anchors) {
      const found = new Map<string, Node>();
      visit(this.#document, { Node: (_, node) => { if ('anchor' in node && node.anchor !== undefined) found.set(node.anchor, node as Node); } });
      this.#anchors = found;
    }
    return this.#anchors.get(name);
  }

  /** The words of a list, or the text of a scalar; undefined for what is being written, and for a text that a template may change. */
  given(node: Node | undefined, fill: Filling): Given | undefined {
    if (!node?.range || this.#document.errors.some(({ pos }) => pos[0] <= node.range![2] && pos[1] >= node.range![0])) return undefined;
    if (isSeq(node)) {
      const words: ListWord[] = [];
      for (const item of node.items) {
        const scalar = this.followed(item);
        if (!isScalar(scalar) || !scalar.range || this.#hasHole(scalar)) return undefined;
        words.push(this.#word(scalar, fill));
      }
      // What a template adds or leaves out may be anything.
      const holes = this.#holesAround(node).map((range) => ({ word: { ...range, text: this.#text.slice(range.start, range.end), many: true, indirect: true }, inside: { text: '', at: () => range.start, references: [] } }));
      return { kind: 'list', words: [...words, ...holes], form: node.flow ? 'json' : 'yaml-list' };
    }
    if (!isScalar(node) || typeof node.value !== 'string' || this.#hasHole(node)) return undefined;
    return { kind: 'text', source: this.filled(node, fill), shell: false };
  }

  #word(scalar: Scalar, fill: Filling): ListWord {
    const inside = this.filled(scalar, fill);
    return { word: filledWord(this.#text, rangeOf(scalar), inside), inside };
  }

  /** The text of a scalar, with its places and its references filled in. */
  filled(scalar: Scalar, fill: Filling): FilledText {
    const { start } = rangeOf(scalar);
    const block = scalar.type === 'BLOCK_FOLDED' || scalar.type === 'BLOCK_LITERAL';
    const from = block ? this.#masked.indexOf('\n', start) + 1 : scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE' ? start + 1 : start;
    const quoting = scalar.type === 'QUOTE_DOUBLE' ? 'double' : scalar.type === 'QUOTE_SINGLE' ? 'single' : 'none';
    const text = typeof scalar.value === 'string' ? scalar.value.trimEnd() : (scalar.source ?? String(scalar.value));
    return fill(filled(aligned(text, this.#masked, from, quoting), holes, () => undefined));
  }

  /** A variable's value as a scalar gives it; unknown where references or templates hide it. */
  value(node: Node | undefined, otherwise: Range, fill: Filling): Value {
    if (!isScalar(node) || !node.range || node.value === null) return { range: otherwise };
    const word = this.#word(node, fill).word;
    return { range: { start: word.start, end: Math.max(word.end, word.start + 1) }, ...(word.value === undefined ? {} : { text: word.value }) };
  }

  #holesIn(node: Node): Range[] {
    return this.#holes.filter(({ start, end }) => start >= node.range![0] && end <= node.range![2]);
  }

  /** Templates among the items of a list, above the first and behind the last; of the latter those that may write items. */
  #holesAround(list: YAMLSeq): Range[] {
    if (this.#holes.length === 0 || list.flow) return this.#holesIn(list);
    let [start, , end] = list.range!;
    while (start > 0 && /\s/.test(this.#masked[start - 1]!)) start--;
    while (/\s/.test(this.#masked[end] ?? '')) end++;
    const last = list.items.at(-1) as Node | undefined;
    return this.#holes.filter((range) => range.start >= start && range.end <= end && (range.start < (last?.range?.[1] ?? 0) || !control.test(this.#text.slice(range.start, range.end))));
  }

  #hasHole(node: Scalar): boolean {
    return this.#holes.length > 0 && this.#holesIn(node).length > 0;
  }
}

export function rangeOf(scalar: Scalar): Range {
  return { start: scalar.range![0], end: scalar.range![1] };
}

/** Stands where a template was: nothing else writes this character. */
const hole = '\ue000';
const holes = /\ue000+/g;

/** A template that opens or closes a part of the file and writes nothing. */
const control = /^(?:\{\{-?|\{%-?)\s*(?:if|else|elif|end\w*|with|range|for|define|block|set|\/\*|\$)/;

interface Masked {
  readonly text: string;
  /** Lines that hold nothing but templates. */
  readonly holes: readonly Range[];
}

/** Helm's, Go's and Jinja's templates replaced by as many characters that YAML takes for text; lines of nothing else are left empty. */
function withoutTemplates(text: string): Masked {
  if (!/\{\{|\{%/.test(text)) return { text, holes: [] };
  const found: Range[] = [];
  const masked = text.replace(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, (template) => hole.repeat(template.length));
  const lines = masked.replace(/^([ \t]*)(\ue000[ \t\ue000]*)(?=\r?$)/gm, (line, before: string, templates: string, start: number) => {
    found.push({ start: start + before.length, end: start + line.trimEnd().length });
    return ' '.repeat(before.length + templates.length);
  });
  return { text: lines, holes: found.map((range) => within(text, range)) };
}

/** The part of a range on its first line. */
function within(text: string, { start, end }: Range): Range {
  const line = text.slice(start, end).search(/\r?\n/);
  return { start, end: line === -1 ? end : start + line };
}
