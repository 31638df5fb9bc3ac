/** The same tests as editor.test.ts, inside the desktop VS Code: `npm run test:desktop`, where it can be downloaded. */

import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { cacheFolder } from '../scripts/vscode.ts';
import { declareEditorTests, type StartEditor } from './editor/session.ts';

const version = process.env['VSCODE_VERSION'] ?? 'stable';

const start: StartEditor = async (paths, environment) => {
  const executable = await downloadAndUnzipVSCode({ version, cachePath: path.join(cacheFolder, 'vscode-desktop') }).catch((error: unknown) => {
    throw new Error(
      `VS Code (${version}) cannot be downloaded here: ${(error as Error).message}\n` +
        'These tests need a network that reaches update.code.visualstudio.com; `npm test` runs them in the VS Code from npm.',
    );
  });
  const running = runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: paths.extension,
    extensionTestsPath: paths.tests,
    extensionTestsEnv: { ...environment },
    launchArgs: [paths.workspace, '--disable-extensions', '--disable-workspace-trust', `--user-data-dir=${paths.data}`],
  });
  const failed = running.then(
    (code) => Promise.reject(new Error(`VS Code ended (exit ${code}).`)),
    (error: unknown) => Promise.reject(error as Error),
  );
  failed.catch(() => {}); // it ends in the end; by then nobody may be waiting
  // VS Code ends by itself after the tests.
  return { failed, output: () => '', close: () => running.then(() => {}, () => {}) };
};

declareEditorTests(`In desktop VS Code (${version})`, start, 600_000);
