/** Globs of paths as people write them in `.gitignore` and configuration. */

import picomatch from 'picomatch';

const known = new WeakMap<readonly string[], (path: string) => boolean>();

/**
 * Whether a path (with `/`), or a folder it lies in, matches one of the globs. `tests` and `tests/` mean all that lies in
 * such a folder, at any depth; `/tests` only at the top. Compiled once for one list.
 */
export function pathMatcher(globs: readonly string[]): (path: string) => boolean {
  const matcher = known.get(globs) ?? compile(globs);
  known.set(globs, matcher);
  return matcher;
}

function compile(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  const patterns = globs.flatMap((glob) => {
    const bare = glob.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
    const anchored = bare.includes('/') || bare.length > 0 && glob.search(/^\.?\//) === 0;
    return anchored ? [bare, `${bare}/**`] : [`**/${bare}`, `**/${bare}/**`];
  });
  return picomatch(patterns, { dot: true });
}
