/** Makes `media/screenshot.png`, the README's picture: squiggles, quick fixes and the Problems panel on `examples/`. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { build, serve } from './start.ts';
import { projectFolder } from './vscode.ts';

interface Finding {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly level: string;
  readonly related: readonly unknown[];
  readonly fixes: readonly unknown[];
}

const folder = path.join(projectFolder, process.argv[2] ?? 'examples');
const picture = path.join(projectFolder, 'media', 'screenshot.png');

build();
const shown = bestFinding();
const editor = await serve('0');
try {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, deviceScaleFactor: 1.5, colorScheme: 'light' });
    await page.goto(editor.addressOf(folder));
    await show(page, shown);
    await page.screenshot({ path: picture });
    console.log(`${path.relative(projectFolder, picture)}: ${shown.path}:${shown.line}`);
  } finally {
    await browser.close();
  }
} finally {
  await editor.stop();
}

/** The warning with the longest chain among those that have a fix, and room for its menu to the right. */
function bestFinding(): Finding {
  const command = [path.join('dist', 'cli.cjs'), 'check', folder, '--format', 'json'];
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: projectFolder, encoding: 'utf8', maxBuffer: 1e9 });
  if (stdout === '') throw new Error(stderr);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Finding[] };
  const fixable = diagnostics.filter(({ level, column, fixes }) => level === 'warning' && column <= 20 && fixes.length > 0);
  const [best] = fixable.sort((a, b) => b.related.length - a.related.length || b.fixes.length - a.fixes.length);
  if (best === undefined) throw new Error(`${folder} has no finding with a fix.`);
  return best;
}

/** Opens the finding's file, the Problems panel, and the light bulb's menu on the finding. */
async function show(page: Page, finding: Finding): Promise<void> {
  page.setDefaultTimeout(60_000);
  await page.waitForSelector('.monaco-workbench .explorer-folders-view .monaco-list-row');
  await quickOpen(page, finding.path);
  await page.waitForSelector('.monaco-editor .squiggly-warning, .monaco-editor .squiggly-info, .monaco-editor .squiggly-error');
  await page.keyboard.press('Control+Shift+KeyM');
  await page.waitForSelector('.markers-panel .monaco-list-row');
  await page.locator('.editor-instance .view-lines').first().click();
  await quickOpen(page, `:${finding.line}:${finding.column}`);
  await page.mouse.move(600, 5); // so that it highlights nothing
  await page.keyboard.press('Control+Period');
  await page.waitForSelector('.action-widget .monaco-list-row');
}

async function quickOpen(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+KeyP');
  const input = page.locator('.quick-input-widget input').first();
  await input.fill(text);
  await page.waitForSelector('.quick-input-list .monaco-list-row');
  await input.press('Enter');
  await input.waitFor({ state: 'hidden' });
}
