/**
 * Opens pages in headless Chromium and prints what is wrong with them: for the checks of pages.
 * usage of these: node CHECK.cjs CHROMIUM SCRATCH PAGE...
 */
const { spawnSync } = require('node:child_process');
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');

/** Runs in the browser: what is wrong with a page of any kind. */
function common(page) {
  const wrong = [];
  for (const each of page.querySelectorAll('[src], [href], [srcset], [action]')) {
    const asked = ['src', 'href', 'srcset', 'action'].map((name) => each.getAttribute(name)).find((value) => value !== null && !/^(data:|#)/.test(value));
    if (asked !== undefined) wrong.push(`asks for ${asked}`);
  }
  if ([...page.styleSheets].some((sheet) => [...sheet.cssRules].some((rule) => /url\(|@import/.test(rule.cssText)))) wrong.push('the style sheet asks for something');
  if (page.title === '' || page.querySelector('h1') === null) wrong.push('no title');
  for (const path of page.querySelectorAll('path, circle, rect, line, text')) {
    const bad = [...path.attributes].find(({ value }) => /NaN|Infinity|undefined/.test(value));
    if (bad) wrong.push(`${path.closest('[id]')?.id ?? ''}: ${path.tagName} ${bad.value.slice(0, 60)}`);
  }
  return wrong;
}

/**
 * Exits with 1 when a page has a problem.
 *
 * @param look runs in the browser: what is wrong with the page in this frame, as wide as this
 * @param widths of the frames, or a function of the page
 * @param fine what to say of a page without problems
 */
exports.examine = (look, widths, fine) => {
  const [chromium, scratch, ...pages] = process.argv.slice(2);
  mkdirSync(scratch, { recursive: true });
  let failed = false;
  for (const file of pages) {
    const html = readFileSync(file, 'utf8');
    const wide = typeof widths === 'function' ? widths(html) : widths;
    const wrapper = join(scratch, `open-${basename(file)}`);
    // In frames of one document: a window of Chromium cannot be as narrow as a phone.
    writeFileSync(wrapper, `<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><pre id="found"></pre><script>
const look = ${look}; const common = ${common}; const html = ${JSON.stringify(html).replace(/</g, '\\u003c')}; const found = {};
const widths = ${JSON.stringify(wide)};
for (const width of widths) {
  const frame = document.createElement('iframe');
  frame.style.cssText = 'border:0;height:5000px;width:' + width + 'px';
  frame.onload = () => {
    try { found[width] = [...look(frame, width), ...common(frame.contentWindow.document)]; } catch (error) { found[width] = ['the check failed: ' + error.stack]; }
    if (Object.keys(found).length === widths.length) document.getElementById('found').textContent = 'FOUND' + JSON.stringify(found) + 'END';
  };
  frame.srcdoc = html;
  document.body.append(frame);
}
</script>`);
    const run = spawnSync(chromium, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run', `--user-data-dir=${join(scratch, 'profile')}`,
      '--host-resolver-rules=MAP * ~NOTFOUND', '--enable-logging=stderr', '--virtual-time-budget=10000', '--window-size=1600,1000', '--dump-dom', `file://${wrapper}`], { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 });
    const problems = (run.stderr ?? '').split('\n').filter((line) => /CONSOLE/.test(line)).map((line) => `console: ${line.trim()}`);
    const match = /<pre id="found">FOUND(\{.*?\})END<\/pre>/s.exec(run.stdout ?? '');
    if (match === null) problems.push(`the browser printed nothing (${run.error?.message ?? `status ${run.status}`}): ${(run.stderr ?? '').slice(-500)}`);
    else {
      const decoded = match[1].replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
      for (const [width, wrong] of Object.entries(JSON.parse(decoded))) problems.push(...wrong.map((text) => `${width} px: ${text}`));
    }
    failed ||= problems.length > 0;
    console.log(`${basename(file)}: ${problems.length === 0 ? `fine at ${wide.join(', ')} px${fine?.(html) ?? ''}` : `${problems.length} problems`}`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
  if (pages.length === 0) { console.log('no page'); failed = true; }
  process.exit(failed ? 1 : 0);
};
