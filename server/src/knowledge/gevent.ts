/** What matters to code that runs before gevent or eventlet patch the standard library. */

import table from './gevent.json' with { type: 'json' };
import { blocking } from './index.ts';

const bound = table.bound_when_imported as Readonly<Record<string, readonly string[]>>;
const tlsClients: ReadonlySet<string> = new Set(table.tls_clients);
const harmless: ReadonlySet<string> = new Set(table.harmless_before_patching);
const standardLibrary: ReadonlySet<string> = new Set(table.standard_library);
const patchedModules: ReadonlySet<string> = new Set([...blocking.values()].filter((row) => row.gevent === true).map((row) => row.name.split('.', 1)[0]!));

/**
 * What an import keeps unpatched for good when patching comes after it: the TLS classes a client library holds
 * (`tls`; the first HTTPS call may recurse without end), the functions and classes imported by name (`name`), or whatever
 * a library binds inside (`library`). Undefined for an import that does not mind.
 */
export function boundBy(module: string, member: string | undefined): 'tls' | 'name' | 'library' | undefined {
  const top = module.split('.', 1)[0]!;
  if (standardLibrary.has(top)) {
    const names = bound[module];
    return member !== undefined && names && (names.includes('*') || names.includes(member)) ? 'name' : undefined;
  }
  if (harmless.has(top)) return undefined;
  return tlsClients.has(top) ? 'tls' : 'library';
}

/** Whether a module, by its top-level name, blocks in ways that patching makes cooperative. */
export function isHelpedByPatching(top: string): boolean {
  return patchedModules.has(top);
}
