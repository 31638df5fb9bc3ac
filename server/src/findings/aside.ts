/** Files that advice on a service does not concern. */

/** Order and one at a time are the point of most tests and of every migration. */
export function isTestOrMigration(path: string): boolean {
  return /(^|\/)(tests?|testing|migrations?|alembic)\/|(^|\/)(conftest|tests|test_[^/]*|[^/]*_test)\.py$/.test(path);
}

/** Scripts and commands run for one person, and once at a time. */
export function isScriptOrCommand(path: string): boolean {
  return /(^|\/)(scripts?|management\/commands|cli|seeds?)\//.test(path) || /(^|\/)(seed\w*|manage|cli)\.py$/.test(path);
}
