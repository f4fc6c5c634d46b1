/**
 * Renders every CloudWatch dashboard of a synthesized template to a page and a picture, with generated data:
 *
 *   npx tsx scripts/render-dashboard.ts TEMPLATE_OR_CDK_OUT OUTDIR [WIDTH]
 *
 * Without Chromium there are pages only.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardsOf, templatesAt } from './render-dashboard/body';
import { pageOf } from './render-dashboard/page';
import { browser, photograph } from './render-dashboard/picture';

const [from, outdir, width = '1440'] = process.argv.slice(2);
if (from === undefined || outdir === undefined || !(Number(width) >= 600)) throw new Error('usage: render-dashboard.ts TEMPLATE_OR_CDK_OUT OUTDIR [WIDTH of 600 or more]');
mkdirSync(outdir, { recursive: true });
const dashboards = dashboardsOf(templatesAt(from));
if (dashboards.length === 0) throw new Error(`There is no AWS::CloudWatch::Dashboard in ${from}`);
const chromium = browser();
if (chromium === undefined) console.log('No Chromium here (Debian: apt-get install chromium): pages only');
for (const dashboard of dashboards) {
  const page = pageOf(dashboard, Number(width));
  const file = join(outdir, `${dashboard.name}.html`);
  writeFileSync(file, page.html);
  if (chromium !== undefined) photograph(chromium, file, page, file.replace(/\.html$/, '.png'));
  console.log(chromium === undefined ? file : file.replace(/\.html$/, '.png'));
}
