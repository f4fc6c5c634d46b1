/**
 * Opens rehearsal pages in headless Chromium, each as wide as a phone, a tablet and a screen, and prints what is wrong with them.
 * usage: node rehearsal-page.cjs CHROMIUM SCRATCH PAGE...
 */
const { examine } = require('./in-chromium.cjs');

/** Runs in the browser: what is wrong with the page in this frame. */
function look(frame, width) {
  const charts = ['outcomes', 'weights', 'errors', 'latency', 'evidence', 'traffic'];
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
  return wrong;
}

examine(look, [360, 768, 1200]);
