/** Files that advice on a service does not concern. */

/** Tests have servers and data of their own, and nobody waits for them. */
export function isTest(path: string): boolean {
  return /(^|\/)(tests?|testing)\/|(^|\/)(conftest|tests|test_[^/]*|[^/]*_test)\.py$/.test(path);
}

/** Order and one at a time are the point of most tests and of every migration. */
export function isTestOrMigration(path: string): boolean {
  return isTest(path) || /(^|\/)(migrations?|alembic)\//.test(path);
}

/** Scripts and commands run for one person, and once at a time. */
export function isScriptOrCommand(path: string): boolean {
  return /(^|\/)(scripts?|management\/commands|cli|seeds?)\//.test(path) || /(^|\/)(seed\w*|manage|cli)\.py$/.test(path);
}
