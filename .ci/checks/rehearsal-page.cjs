/**
 * Opens rehearsal pages in headless Chromium, each as wide as a phone, a tablet and a screen, and prints what is wrong with them.
 * usage: node rehearsal-page.cjs CHROMIUM SCRATCH PAGE...
 */
const { spawnSync } = require('node:child_process');
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const WIDTHS = [360, 768, 1200];
const CHARTS = ['outcomes', 'weights', 'errors', 'latency', 'evidence', 'traffic'];
const [chromium, scratch, ...pages] = process.argv.slice(2);
mkdirSync(scratch, { recursive: true });

/** Runs in the browser: what is wrong with the page in this frame. */
function look(frame, width, charts) {
  const { document: page } = frame.contentWindow;
  const wrong = [];
  const root = page.documentElement;
  if (root.scrollWidth > width) {
    const culprits = [...page.body.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right > width + 1 && each.closest('svg') === null);
    wrong.push(`scrolls sideways: ${root.scrollWidth} px wide, because of ${culprits.slice(0, 3).map((each) => `<${each.tagName.toLowerCase()} class="${each.className}">`).join(', ')}`);
  }
  for (const id of charts) {
    const shown = [...page.querySelectorAll(`#${id} svg[role=img]`)].filter((svg) => svg.getBoundingClientRect().width > 0);
    if (shown.length !== 1) { wrong.push(`#${id}: ${shown.length} pictures are shown`); continue; }
    const box = shown[0].getBoundingClientRect();
    if (box.height < 30) wrong.push(`#${id}: ${box.height} px high`);
    const paths = [...shown[0].querySelectorAll('path')];
    for (const path of paths) {
      const d = path.getAttribute('d');
      if (/NaN|Infinity|undefined/.test(d)) wrong.push(`#${id}: path ${d.slice(0, 60)}`);
      // What follows an error in a path is not drawn: fewer segments than commands.
      if (d !== '' && path.getTotalLength() === 0 && !/h0$/.test(d)) wrong.push(`#${id}: a path of no length: ${d.slice(0, 60)}`);
    }
    if (shown[0].querySelector('text.empty') === null && !paths.some((path) => /\b(line|bar)\b/.test(path.getAttribute('class') ?? '') && path.getTotalLength() > 1)) wrong.push(`#${id}: nothing is drawn`);
    for (const text of shown[0].querySelectorAll('text')) {
      const at = text.getBoundingClientRect();
      if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 2 || at.bottom > box.bottom + 2) wrong.push(`#${id}: "${text.textContent}" is cut off`);
      const size = parseFloat(frame.contentWindow.getComputedStyle(text).fontSize) * box.width / shown[0].viewBox.baseVal.width;
      if (size < 10) wrong.push(`#${id}: "${text.textContent}" is ${size.toFixed(1)} px small`);
    }
  }
  for (const each of page.querySelectorAll('[src], [href], [srcset], [action]')) {
    const asked = ['src', 'href', 'srcset', 'action'].map((name) => each.getAttribute(name)).find((value) => value !== null && !/^(data:|#)/.test(value));
    if (asked !== undefined) wrong.push(`asks for ${asked}`);
  }
  if ([...page.styleSheets].some((sheet) => [...sheet.cssRules].some((rule) => /url\(|@import/.test(rule.cssText)))) wrong.push('the style sheet asks for something');
  if (page.title === '' || page.querySelector('h1') === null) wrong.push('no title');
  return wrong;
}

let failed = false;
for (const file of pages) {
  const html = readFileSync(file, 'utf8');
  const wrapper = join(scratch, `open-${basename(file)}`);
  // In frames of the same document: a window of Chromium cannot be as narrow as a phone.
  writeFileSync(wrapper, `<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><pre id="found"></pre><script>
const look = ${look}; const html = ${JSON.stringify(html).replace(/</g, '\\u003c')}; const found = {};
const widths = ${JSON.stringify(WIDTHS)};
for (const width of widths) {
  const frame = document.createElement('iframe');
  frame.style.cssText = 'border:0;height:900px;width:' + width + 'px';
  frame.onload = () => { found[width] = look(frame, width, ${JSON.stringify(CHARTS)}); if (Object.keys(found).length === widths.length) document.getElementById('found').textContent = 'FOUND' + JSON.stringify(found) + 'END'; };
  frame.srcdoc = html;
  document.body.append(frame);
}
</script>`);
  const run = spawnSync(chromium, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run', `--user-data-dir=${join(scratch, 'profile')}`,
    '--host-resolver-rules=MAP * ~NOTFOUND', '--enable-logging=stderr', '--virtual-time-budget=10000', '--window-size=1400,1000', '--dump-dom', `file://${wrapper}`], { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 });
  const problems = (run.stderr ?? '').split('\n').filter((line) => /CONSOLE/.test(line)).map((line) => `console: ${line.trim()}`);
  const match = /FOUND(\{.*?\})END<\/pre>/s.exec(run.stdout ?? '');
  if (match === null) problems.push(`the browser printed nothing (${run.error?.message ?? `status ${run.status}`}): ${(run.stderr ?? '').slice(-500)}`);
  else {
    const decoded = match[1].replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
    for (const [width, wrong] of Object.entries(JSON.parse(decoded))) problems.push(...wrong.map((text) => `${width} px: ${text}`));
  }
  failed ||= problems.length > 0;
  console.log(`${basename(file)}: ${problems.length === 0 ? `fine at ${WIDTHS.join(', ')} px` : `${problems.length} problems`}`);
  for (const problem of problems) console.log(`  ${problem}`);
}
if (pages.length === 0) { console.log('no page'); failed = true; }
process.exit(failed ? 1 : 0);
