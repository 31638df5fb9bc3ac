/** Flags, settings, worker classes and pools, offered where a launch or its configuration is being written. */

import { CompletionItemKind, CompletionItemTag, MarkupKind, type CompletionItem, type TextDocumentPositionParams } from 'vscode-languageserver';
import { meaningOfValue, type Offer } from '../engine.ts';
import type { Abilities } from './abilities.ts';
import { documentOf, linesOf } from './convert.ts';
import { plain } from './hovers/marks.ts';
import { settingText } from './hovers/settings.ts';
import type { Session } from './session.ts';

/** Characters behind which a flag or value may begin. */
export const completionTriggers: readonly string[] = ['-', '=', '"', '\''];

const kinds: Readonly<Record<Offer['kind'], CompletionItemKind>> = { flag: CompletionItemKind.Property, setting: CompletionItemKind.Property, value: CompletionItemKind.EnumMember };

/** What an item needs to be explained later. */
interface Data {
  readonly uri: string;
  readonly offset: number;
  readonly program: string;
  readonly setting: string;
  /** Of a value. */
  readonly value?: string;
}

export function completion(session: Session, { textDocument: { uri }, position }: TextDocumentPositionParams, able: Abilities): CompletionItem[] | undefined {
  const place = session.place(uri);
  const facts = place?.folder.facts(place.path);
  if (!place || !facts) return undefined;
  const document = documentOf(facts);
  const offset = document.offsetAt(position);
  const found = place.folder.offers(place.path, offset);
  if (!found) return undefined;
  const range = linesOf(document, found.range);
  return found.offers.map(({ kind, text, setting, deprecated }, index): CompletionItem => ({
    label: text,
    kind: kinds[kind],
    // As the tables have them: what matters most comes first.
    sortText: String(index).padStart(4, '0'),
    filterText: text,
    textEdit: { range, newText: text },
    ...(deprecated && able.completionTags ? { tags: [CompletionItemTag.Deprecated] } : {}),
    data: { uri, offset, program: found.program, setting, ...(kind === 'value' ? { value: text } : {}) } satisfies Data,
  }));
}

/** The item with its documentation: what hovering over it would show. */
export function completed(session: Session, item: CompletionItem, able: Abilities): CompletionItem {
  const data = item.data as Data | undefined;
  const text = data && documentation(session, data);
  if (text === undefined) return item;
  return { ...item, documentation: able.completionMarkdown ? { kind: MarkupKind.Markdown, value: text } : { kind: MarkupKind.PlainText, value: plain(text) } };
}

function documentation(session: Session, { uri, offset, program, setting, value }: Data): string | undefined {
  const { locale } = session.shape;
  if (value !== undefined) {
    const meaning = meaningOfValue(program, setting, value.replace(/^["']|["']$/g, ''));
    return meaning && (locale === 'zh-cn' ? meaning.zh : meaning.en);
  }
  const place = session.place(uri);
  const found = place?.folder.setting(place.path, offset, program, setting);
  return place && found && settingText(found, place.folder, locale);
}
