/** What is shown when the pointer rests on a finding, on a function's name, or on something of a launch. */

import { MarkupKind, type Hover, type HoverParams } from 'vscode-languageserver';
import { ruleUrl } from '../documentation.ts';
import type { Diagnostic as Finding, Pointed, Run } from '../engine.ts';
import { render, translate } from '../messages/index.ts';
import { defineMessages } from '../rule.ts';
import { rules } from '../rules/index.ts';
import { documentOf, linesOf, relatedOf } from './convert.ts';
import { budgetText } from './hovers/budgets.ts';
import { launchText } from './hovers/launches.ts';
import { linkTo, plain } from './hovers/marks.ts';
import { settingText } from './hovers/settings.ts';
import type { Place, Session } from './session.ts';
import { messages } from './messages.ts';

export const places = defineMessages('place', {
  loopItself: '`{name}` runs on the event loop: it is a coroutine, {link}',
  loopGiven: '`{name}` runs on the event loop: it is scheduled as a callback, {link}',
  loopCalled: '`{name}` runs on the event loop: `{by}` calls it, {link}',
  loopBelow: '`{name}` runs on the event loop: it is reached from `{by}`, {link}',
  greenletItself: '`{name}` runs in a greenlet of a shared hub: the program is started or patched that way, {link}',
  threadItself: '`{name}` runs in a worker thread: the framework calls plain functions in its thread pool, {link}',
  threadGiven: '`{name}` runs off the event loop: it is handed over, {link}',
  threadCalled: '`{name}` runs in a worker thread: `{by}`, which runs there, calls it, {link}',
  threadBelow: '`{name}` runs in a worker thread: it is reached from `{by}`, which runs there, {link}',
  importGiven: '`{name}` runs at import: it is called outside every function, {link}',
  scriptItself: '`{name}` runs on the loop of a script or test, which serves nobody else, {link}',
  scriptGiven: '`{name}` runs in a script, which serves nobody else, {link}',
  scriptCalled: '`{name}` runs on the loop of a script or test: `{by}` calls it, {link}',
  scriptBelow: '`{name}` runs on the loop of a script or test: it is reached from `{by}`, {link}',
});

/** Why, through which steps, and where to read more; where a function runs. Undefined where there is nothing to say. */
export function hover(session: Session, { textDocument, position }: HoverParams, markdown: boolean): Hover | undefined {
  const place = session.place(textDocument.uri);
  const facts = place?.folder.facts(place.path);
  if (!place || !facts) return undefined;
  const document = documentOf(facts);
  const offset = document.offsetAt(position);
  const here = place.folder.findings(place.path).filter(({ range }) => range.start <= offset && offset <= range.end);
  const pointed = place.folder.pointed(place.path, offset);
  const running = place.folder.running(place.path, offset);
  const runs = running?.runs.flatMap((run) => told(session, place, running.name, run)).join('  \n') ?? '';
  if (here.length === 0 && runs === '' && !pointed) return undefined;
  const parts = [...here.map((finding) => explanation(session, place, finding)), ...(pointed ? launched(session, place, pointed) : []), ...(runs === '' ? [] : [runs])];
  return {
    range: linesOf(document, here[0]?.range ?? pointed?.range ?? running!.range),
    contents: markdown ? { kind: MarkupKind.Markdown, value: parts.join('\n\n---\n\n') } : { kind: MarkupKind.PlainText, value: parts.map(plain).join('\n\n') },
  };
}

/** What is said of a launch, a setting in it, or a number of the connection budget. */
function launched(session: Session, { folder }: Place, { setting, launch, ignored, budgets }: Pointed): readonly string[] {
  const { locale } = session.shape;
  return [
    ...(setting ? [settingText(setting, folder, locale)] : []),
    ...(launch ? [launchText(launch, ignored, folder, locale)] : []),
    ...budgets.map((budget) => budgetText(budget, folder, locale)),
  ];
}

/** One line: where a function runs, and what says so. */
function told(session: Session, { folder }: Place, name: string, { kind, how, evidence, by = '' }: Run): string[] {
  const key = `${kind}${how[0]!.toUpperCase()}${how.slice(1)}`;
  const facts = folder.facts(evidence.path);
  if (!(key in places.texts) || !facts) return [];
  const link = linkTo(folder, evidence.path, evidence.range);
  return [render(places[key as keyof typeof places.texts]({ name, by, link }), session.shape.locale)];
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
