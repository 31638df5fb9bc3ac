/** A headless Chromium: the one inside the npm package `@sparticuz/chromium`, else one that is installed. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { cacheFolder } from './vscode.ts';

/** The machine's fonts and the packaged ones: without any font VS Code measures text as zero wide and never ends laying it out. */
const fontConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts/fonts</dir>
</fontconfig>
`;

const installedBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Starts Chromium; the caller closes it.
 * @throws with every reason when neither the packaged nor an installed one starts.
 */
export async function launchChromium(): Promise<Browser> {
  const reasons: string[] = [];
  const installed = installedBrowsers.filter((file) => existsSync(file)).map((file) => async () => ({ file, environment: {} }));
  for (const find of [packagedChromium, ...installed]) {
    try {
      const { file, environment } = await find();
      return await chromium.launch({
        executablePath: file,
        // Containers run as root and without the kernel's namespaces; the only page opened is our own on localhost.
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-zygote', '--font-render-hinting=none'],
        env: { ...(process.env as Record<string, string>), ...environment },
      });
    } catch (error) {
      reasons.push((error as Error).message.split('\n').slice(0, 12).join('\n'));
    }
  }
  throw new Error(
    `No Chromium starts here. Install one as /usr/bin/chromium (Debian, Ubuntu: \`apt-get install chromium\`) and try again.\n${reasons.join('\n')}`,
  );
}

/** Unpacks the packaged Chromium together with the shared libraries and the fonts that a bare machine lacks. */
async function packagedChromium(): Promise<{ file: string; environment: Record<string, string> }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`@sparticuz/chromium is for Linux on x64, and this is ${process.platform} on ${process.arch}.`);
  }
  const manifest = path.join(path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', 'package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const folder = path.join(cacheFolder, `chromium-${version}`);
  if (!existsSync(folder)) {
    // The package unpacks into the temporary folder and takes a half-written file of another run for a whole one.
    const unfinished = `${folder}.${process.pid}`;
    await mkdir(unfinished, { recursive: true });
    const temporary = process.env['TMPDIR'];
    process.env['TMPDIR'] = unfinished;
    try {
      const { default: packaged, inflate } = await import('@sparticuz/chromium');
      await packaged.executablePath();
      await inflate(path.join(path.dirname(manifest), 'bin', 'al2023.tar.br'));
      await writeFile(path.join(unfinished, 'fonts.conf'), fontConfiguration);
      await rename(unfinished, folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      if (temporary === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = temporary;
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const libraries = [process.env['LD_LIBRARY_PATH'], path.join(folder, 'al2023', 'lib')].filter(Boolean).join(':');
  return {
    file: path.join(folder, 'chromium'),
    environment: { LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: path.join(folder, 'fonts.conf') },
  };
}
