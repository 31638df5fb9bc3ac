/** What is shown when the pointer rests on a finding. */

import { MarkupKind, type Hover, type HoverParams } from 'vscode-languageserver';
import { ruleUrl } from '../documentation.ts';
import type { Diagnostic as Finding } from '../engine.ts';
import { render, translate } from '../messages/index.ts';
import { rules } from '../rules/index.ts';
import { documentOf, linesOf, relatedOf } from './convert.ts';
import type { Place, Session } from './session.ts';
import { messages } from './messages.ts';

/** Why, through which steps, and where to read more; undefined where nothing was found. */
export function hover(session: Session, { textDocument, position }: HoverParams, markdown: boolean): Hover | undefined {
  const place = session.place(textDocument.uri);
  const facts = place?.folder.facts(place.path);
  if (!place || !facts) return undefined;
  const document = documentOf(facts);
  const offset = document.offsetAt(position);
  const here = place.folder.findings(place.path).filter(({ range }) => range.start <= offset && offset <= range.end);
  if (here.length === 0) return undefined;
  const parts = here.map((finding) => explanation(session, place, finding));
  return {
    range: linesOf(document, here[0]!.range),
    contents: markdown ? { kind: MarkupKind.Markdown, value: parts.join('\n\n---\n\n') } : { kind: MarkupKind.PlainText, value: parts.map(plain).join('\n\n') },
  };
}

function explanation(session: Session, place: Place, finding: Finding): string {
  const { locale } = session.shape;
  const rule = rules.find(({ id }) => id === finding.rule);
  const steps = relatedOf(finding, place.folder, locale).map(({ location, message }, index) => {
    const { line, character } = location.range.start;
    const name = location.uri.slice(location.uri.lastIndexOf('/') + 1);
    return `${index + 1}. ${message} — [${decodeURIComponent(name)}:${line + 1}](${location.uri}#L${line + 1},${character + 1})`;
  });
  return [
    ...(rule ? [translate(`${rule.id}.summary`, rule.summary, locale)] : [render(finding.message, locale)]),
    ...(steps.length > 0 ? [`${render(messages.chain(), locale)}\n\n${steps.join('\n')}`] : []),
    ...(rule ? [`[${render(messages.page({ rule: rule.id }), locale)}](${ruleUrl(rule.id)})`] : []),
  ].join('\n\n');
}

/** Without links and code marks. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\(([^)]*)\)/g, '$1 $2').replaceAll('`', '');
}
