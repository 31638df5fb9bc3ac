/** Where the pages of the rules are. */

import { rulePages } from './host/requests.ts';

/** The page of a rule on the web. */
export function ruleUrl(id: string): string {
  return `${rulePages}${id}.md`;
}
