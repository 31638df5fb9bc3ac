/** What client and server say to each other beyond the protocol: names and types only. */

/** Where the rules' pages are read on the web; `<id>.md` follows. */
export const rulePages = 'https://github.com/unblock-lint/unblock/blob/main/docs/rules/';

/** `languageId`s and patterns of the documents the server speaks about. */
export const documentSelector: readonly { readonly language?: string; readonly pattern?: string; readonly scheme: string }[] = ['file', 'untitled'].flatMap((scheme) => [
  { scheme, language: 'python' },
  { scheme, language: 'shellscript' },
  { scheme, language: 'dockerfile' },
  { scheme, language: 'makefile' },
  { scheme, pattern: '**/{pyproject.toml,unblock.toml,.unblock.toml,gunicorn.conf.py,Procfile,Procfile.*}' },
  { scheme, pattern: '**/*.{yml,yaml,service,conf,ini,env}' },
  { scheme, pattern: '**/{*.Dockerfile,*.dockerfile,Dockerfile*,Containerfile*,Makefile*,makefile,GNUmakefile,*.mk}' },
  { scheme, pattern: '**/requirements*.txt' },
]);

export const commands = {
  /** Reads every file again. */
  scan: 'unblock.scanWorkspace',
  /** Opens the page of a rule; its argument is the rule's id. */
  explain: 'unblock.openRuleDocs',
} as const;

/** `initializationOptions` of the `initialize` request; all of them optional. */
export interface StartOptions {
  /** Commands the client carries out itself: the server does not offer them. */
  readonly commands?: readonly string[];
  /** Settings of a client that does not answer `workspace/configuration`, as under `unblock`. */
  readonly settings?: unknown;
}

/** Notification from the server: what the status item shows. */
export const statusMethod = 'unblock/status';

export interface Status {
  readonly state: 'scanning' | 'ready' | 'problem';
  /** Files read. */
  readonly files: number;
  readonly findings: { readonly error: number; readonly warning: number; readonly info: number; readonly hint: number };
  /** Files that could not be checked. The path is relative to its workspace folder; the reason is in the reader's language. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** What else went wrong, in the reader's language. */
  readonly problems: readonly string[];
}

/** Request from the client, without parameters: answered when everything that is known to have changed is checked. */
export const idleMethod = 'unblock/idle';
