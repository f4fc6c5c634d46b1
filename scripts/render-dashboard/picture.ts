/** Pictures of pages, by headless Chromium. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Page } from './page';

/** The browser of this machine, when there is one. */
export function browser(path = process.env.PATH ?? ''): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => path.split(delimiter).map((folder) => join(folder, name))).find((file) => existsSync(file));
}

/** Writes a PNG of the whole page. */
export function photograph(chromium: string, file: string, { width, height }: Page, png: string): void {
  const profile = mkdtempSync(join(tmpdir(), 'dashboard-'));
  try {
    const { status, stderr, error } = spawnSync(chromium, [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run', '--force-device-scale-factor=1', `--user-data-dir=${profile}`,
      '--host-resolver-rules=MAP * ~NOTFOUND', `--window-size=${width},${height}`, `--screenshot=${resolve(png)}`, `file://${resolve(file)}`,
    ], { encoding: 'utf8', timeout: 120_000 });
    if (status !== 0 || !existsSync(png)) throw new Error(`${chromium} made no picture of ${file}: ${error?.message ?? (stderr ?? '').slice(-500)}`);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
