/** What the client can do. */

import type { ClientCapabilities } from 'vscode-languageserver';

export interface Abilities {
  /** It asks for diagnostics; otherwise they are sent. */
  readonly pull: boolean;
  readonly refresh: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly tags: boolean;
  readonly data: boolean;
  readonly configuration: boolean;
  readonly configurationRegistration: boolean;
  readonly watching: boolean;
  readonly folders: boolean;
  readonly progress: boolean;
  readonly resolvesEdits: boolean;
  readonly literalActions: boolean;
  readonly preferredActions: boolean;
  readonly versionedEdits: boolean;
  /** It shows an edit before it is made, where asked to. */
  readonly previewedEdits: boolean;
  readonly createdFiles: boolean;
  readonly markdown: boolean;
  readonly completionMarkdown: boolean;
  readonly completionTags: boolean;
  readonly showDocument: boolean;
}

export function abilitiesOf({ textDocument, workspace, window }: ClientCapabilities): Abilities {
  const pull = textDocument?.diagnostic !== undefined;
  // What a client says of pulled diagnostics stands beside what it says of sent ones; older clients say it only of sent ones.
  const shape = { ...textDocument?.publishDiagnostics, ...(pull ? textDocument.diagnostic : {}) };
  const action = textDocument?.codeAction;
  return {
    pull,
    refresh: workspace?.diagnostics?.refreshSupport === true,
    relatedInformation: shape.relatedInformation === true,
    codeDescription: shape.codeDescriptionSupport === true,
    tags: shape.tagSupport !== undefined,
    data: shape.dataSupport === true,
    configuration: workspace?.configuration === true,
    configurationRegistration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watching: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    folders: workspace?.workspaceFolders === true,
    progress: window?.workDoneProgress === true,
    resolvesEdits: action?.resolveSupport?.properties.includes('edit') === true && action.dataSupport === true,
    literalActions: action?.codeActionLiteralSupport !== undefined,
    preferredActions: action?.isPreferredSupport === true,
    versionedEdits: workspace?.workspaceEdit?.documentChanges === true,
    previewedEdits: workspace?.workspaceEdit?.documentChanges === true && workspace.workspaceEdit.changeAnnotationSupport !== undefined,
    createdFiles: workspace?.workspaceEdit?.documentChanges === true && workspace.workspaceEdit.resourceOperations?.includes('create') === true,
    markdown: textDocument?.hover?.contentFormat?.includes('markdown') === true,
    completionMarkdown: textDocument?.completion?.completionItem?.documentationFormat?.includes('markdown') === true,
    completionTags: textDocument?.completion?.completionItem?.tagSupport !== undefined,
    showDocument: window?.showDocument?.support === true,
  };
}
