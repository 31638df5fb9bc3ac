/** The extension inside a real VS Code: the one from npm, in a headless Chromium. */

import { launchChromium } from '../scripts/chromium.ts';
import { startEditor } from '../scripts/vscode.ts';
import { declareEditorTests, type StartEditor } from './editor/session.ts';

const start: StartEditor = async (paths, environment) => {
  const editor = await startEditor({ dataFolder: paths.data, environment, forTests: true });
  try {
    const browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const failed = Promise.race([
      editor.ended.then(() => `VS Code's server ended:\n${editor.output()}`),
      new Promise<string>((resolve) => browser.once('disconnected', () => resolve('Chromium ended.'))),
      new Promise<string>((resolve) => page.once('crash', () => resolve('The page of VS Code crashed.'))),
    ]).then((reason) => Promise.reject(new Error(reason)));
    failed.catch(() => {}); // it ends in the end; by then nobody may be waiting
    await page.goto(
      editor.addressOf(paths.workspace, [
        ['extensionDevelopmentPath', editor.remote(paths.extension)],
        ['extensionTestsPath', editor.remote(paths.tests)],
      ]),
    );
    return {
      failed,
      output: () => editor.output(),
      async close() {
        await browser.close();
        await editor.stop();
      },
    };
  } catch (error) {
    await editor.stop();
    throw error;
  }
};

declareEditorTests('In VS Code', start, 300_000);
