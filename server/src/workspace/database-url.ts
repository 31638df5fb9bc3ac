/** What a database URL says: the kind of database, the server, and the setting it comes from. */

import type { Facts, Range } from '../facts.ts';
import type { Workspace } from './workspace.ts';
import { sourcesOf, type Written } from './written.ts';

export interface DatabaseUrl {
  /** All that it may begin with, drivers included: `postgresql+asyncpg`. */
  readonly schemes: readonly string[];
  /** Host, and port where there is one, where it is written out and is the only one. */
  readonly server?: string;
  /** Variables and settings it is read from, as written. */
  readonly settings: readonly string[];
  /** Where the scheme stands. */
  readonly place?: { readonly path: string; readonly range: Range };
}

const schemes = 'postgres(?:ql)?|mysql|mariadb|sqlite|oracle|mssql|cockroachdb|snowflake|redshift|duckdb|bigquery|clickhouse|trino|databricks|firebird|access|hive|presto|awsathena|libsql';
/** `"postgresql+asyncpg://user:secret@db:5432/app"`, `f"…"`, `URL.create("postgresql", …)`, `build(scheme="postgresql")`. */
const literal = new RegExp(`["'](${schemes})((?:\\+\\w+)?)(?:://(?:[^@"'\\s/]*@)?(?:([^/"'\\s?{}$]+)(?=[/"'?]))?|(?=["']))`, 'g');
const variable = /(?:getenv|environ\.get|environ|\bconfig|\benv(?:\.\w+)?)\s*[([]\s*["']([A-Za-z][A-Za-z0-9_]*)["']/g;

/** What the values that may be a URL say; `scheme` where the library speaks only one. */
export function urlOf(urls: readonly Written[], scheme: string | undefined, workspace: Workspace): DatabaseUrl {
  const found = new Set<string>();
  const servers = new Set<string>();
  const settings = new Set<string>();
  let place: DatabaseUrl['place'];
  const read = (file: Facts, range: Range): void => {
    const text = withoutComments(file.text.slice(range.start, range.end));
    for (const match of text.matchAll(literal)) {
      found.add(match[1]! + match[2]!);
      if (match[3]) servers.add(match[3]);
      place ??= { path: file.path, range: { start: range.start + match.index + 1, end: range.start + match.index + 1 + (match[1]! + match[2]!).length } };
    }
    for (const [, name] of text.matchAll(variable)) settings.add(name!);
  };
  for (const url of urls) {
    read(url.file, url.range);
    for (const source of sourcesOf(workspace, url)) {
      if (source.kind !== 'value') continue;
      read(source.file, source.range);
      if (source.attribute && source.name !== undefined) settings.add(source.name);
    }
  }
  for (const name of settings) {
    for (const given of givenTo(name, workspace)) {
      found.add(given.scheme);
      if (given.server !== undefined) servers.add(given.server);
    }
  }
  if (scheme !== undefined && found.size === 0) found.add(scheme);
  const [server] = servers;
  return { schemes: [...found], settings: [...settings], ...(servers.size === 1 && server !== undefined ? { server } : {}), ...(place ? { place } : {}) };
}

/** The text with its comments blanked, places unchanged. */
function withoutComments(text: string): string {
  return text.replace(/("""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#.*/g, (whole, string: string | undefined) => string ?? ' '.repeat(whole.length));
}

/** Schemes and servers that files beside Python (compose, scripts, units) give a variable. */
function givenTo(name: string, workspace: Workspace): readonly { readonly scheme: string; readonly server?: string }[] {
  return workspace.remembered(`database URL ${name.toUpperCase()}`, () => {
    const pattern = new RegExp(`\\b${name}\\b["']?\\s*[:=]\\s*["']?(?:\\$\\{\\w+:-)?(${schemes})((?:\\+\\w+)?)://(?:[^@"'\\s/]*@)?(?:([^/"'\\s?{}$]+)(?=[/"'?\\s]))?`, 'gi');
    const found: { scheme: string; server?: string }[] = [];
    for (const path of workspace.paths) {
      const { language, text } = workspace.file(path)!;
      if (language !== 'python') for (const [, kind, driver, server] of text.matchAll(pattern)) found.push({ scheme: (kind! + driver!).toLowerCase(), ...(server ? { server } : {}) });
    }
    return found;
  });
}
