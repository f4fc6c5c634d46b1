/**
 * Opens reports of benchmarks in headless Chromium, each as wide as a phone, a tablet and a screen, and prints what is wrong with them.
 * usage: node report-page.cjs CHROMIUM SCRATCH PAGE...
 */
const { examine } = require('./in-chromium.cjs');

/** Runs in the browser: what is wrong with the page in this frame. */
function look(frame, width) {
  const { document: page } = frame.contentWindow;
  const wrong = [];
  const style = (each) => frame.contentWindow.getComputedStyle(each);
  const root = page.documentElement;
  if (root.scrollWidth > width) {
    const culprits = [...page.body.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right > width + 1);
    wrong.push(`scrolls sideways: ${root.scrollWidth} px wide, because of ${culprits.slice(0, 3).map((each) => `<${each.tagName.toLowerCase()} class="${each.getAttribute('class') ?? ''}">`).join(', ')}`);
  }
  for (const chart of page.querySelectorAll('figure.chart')) {
    const say = (text) => wrong.push(`#${chart.id}: ${text}`);
    if ((chart.querySelector('h3')?.firstChild?.textContent ?? '').trim() === '') say('no title');
    if (!/%|\b(second|USD|duration)\b/.test(chart.querySelector('h3 small')?.textContent ?? '')) say('no unit');
    if (![...chart.querySelectorAll('path.bar')].some((bar) => bar.getBoundingClientRect().width >= 1) && [...chart.querySelectorAll('.value')].every(({ textContent }) => !/^0\b/.test(textContent))) say('nothing is drawn');
    for (const row of chart.querySelectorAll('.row')) {
      if ((row.querySelector('.value')?.textContent ?? '').trim() === '') say('a row without a value');
      if (row.querySelector('dt b')?.textContent.trim() === '') say('a row without a name');
      for (const svg of row.querySelectorAll('svg')) {
        const box = svg.getBoundingClientRect();
        if (box.width < 80 || box.height < 10) say(`a bar has ${Math.round(box.width)} x ${Math.round(box.height)} px`);
      }
    }
    if (chart.querySelector('path.limit') !== null && chart.querySelector('.note .key') === null) say('a limit that nothing explains');
  }
  for (const table of page.querySelectorAll('table')) if (table.querySelectorAll('tbody tr').length === 0) wrong.push('a table without rows');

  // Texts as they are laid out, line by line.
  const found = [];
  const walker = page.createTreeWalker(page.body, 4 /* NodeFilter.SHOW_TEXT */);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    if (text === '' || style(node.parentElement).visibility === 'hidden') continue;
    if (/\b(undefined|NaN|Infinity|\[object)\b/.test(text)) wrong.push(`says "${text.slice(0, 60)}"`);
    const range = page.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) found.push({ box, text: text.slice(0, 60), parent: node.parentElement });
    if (parseFloat(style(node.parentElement).fontSize) < 10) wrong.push(`"${text.slice(0, 60)}" is ${style(node.parentElement).fontSize} small`);
  }
  const once = new Set();
  for (const { box, text, parent } of found) {
    // What stands in a card stays in it.
    const around = (parent.closest('td, dd, .row, .chart, .card') ?? page.body).getBoundingClientRect();
    if (box.left < around.left - 1.5 || box.right > around.right + 1.5) once.add(`"${text}" is wider than its place`);
  }
  found.forEach(({ box, text }, index) => found.slice(index + 1).forEach((other) => {
    const apart = box.right <= other.box.left + 1.5 || other.box.right <= box.left + 1.5 || box.bottom <= other.box.top + 2 || other.box.bottom <= box.top + 2;
    if (!apart) once.add(`"${text}" lies over "${other.text}"`);
  }));
  return [...wrong, ...once];
}

examine(look, [360, 768, 1200], (html) => `, ${(html.match(/<figure class="chart/g) ?? []).length} charts`);
