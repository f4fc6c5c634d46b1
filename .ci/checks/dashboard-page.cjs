/**
 * Opens pages of dashboards in headless Chromium, each as wide as it was made, and prints what is wrong with them.
 * usage: node dashboard-page.cjs CHROMIUM SCRATCH PAGE...
 */
const { examine } = require('./in-chromium.cjs');

/** Runs in the browser: what is wrong with the page in this frame. */
function look(frame, width) {
  const { document: page } = frame.contentWindow;
  const wrong = [];
  const UNIT = /%|percent|\b(ms|µs|s|h|USD|seconds?|milliseconds|microseconds|minutes?|hours?|requests?|inputs?|errors?|runs?|jobs?|instances?|tokens?|share|ratio|count|steps?|rungs?|bytes|[KMG]i?B|points?|compilations?|hits?|measurements?|rollbacks?|promotions?|verdicts?|similarity|score|yes)\b/i;
  const style = (each) => frame.contentWindow.getComputedStyle(each);
  const root = page.documentElement;
  if (root.scrollWidth > width) wrong.push(`scrolls sideways: ${root.scrollWidth} px wide`);
  const widgets = [...page.querySelectorAll('.widget')];
  if (widgets.length === 0) wrong.push('no widget');
  const apart = (a, b, slack) => a.right <= b.left + slack || b.right <= a.left + slack || a.bottom <= b.top + slack || b.bottom <= a.top + slack;
  const nameOf = (widget) => widget.querySelector('.title')?.textContent.trim() || `widget ${widgets.indexOf(widget) + 1} (${widget.dataset.type})`;
  widgets.forEach((widget, index) => widgets.slice(index + 1).forEach((other) => {
    if (!apart(widget.getBoundingClientRect(), other.getBoundingClientRect(), 0)) wrong.push(`${nameOf(widget)}: lies over ${nameOf(other)}`);
  }));

  for (const widget of widgets) {
    const say = (text) => wrong.push(`${nameOf(widget)}: ${text}`);
    const { type, view } = widget.dataset;
    const title = widget.querySelector('.title')?.textContent.trim() ?? '';
    if (type !== 'text' && title === '') say('no title');
    if (type === 'text' && widget.textContent.trim() === '') say('no text');
    if (type === 'metric') {
      for (const label of JSON.parse(widget.dataset.empty)) say(`no data for "${label}"`);
      const drawn = [...widget.querySelectorAll('path.line, path.bar')].some((path) => path.getTotalLength() > 1) || widget.querySelector('.dot, rect.bar') !== null || [...widget.querySelectorAll('.value b')].some((value) => value.textContent !== '--');
      if (!drawn) say('nothing is drawn');
      if (['', 'timeSeries', 'bar'].includes(view)) {
        for (const side of (widget.querySelector('svg')?.dataset.axes ?? 'left').split(' ')) {
          const label = widget.querySelector(`.axis-label[data-side=${side}]`)?.textContent.trim() ?? '';
          if (label === '') say(`no label on the ${side} axis`);
          else if (!UNIT.test(label) && !UNIT.test(title)) say(`no unit in the label "${label}" of the ${side} axis, and none in the title`);
        }
      } else if (!UNIT.test(title) && ![...widget.querySelectorAll('.key span, .value span')].every((label) => UNIT.test(label.textContent))) say('no unit in its title, and not in all of its labels');
      if (widget.querySelector('.key') === null && widget.querySelectorAll('path.line').length > 1 && view !== 'singleValue') {
        const colors = new Set([...widget.querySelectorAll('path.line')].map((path) => path.getAttribute('stroke')));
        if (colors.size > 1) say('several lines and no legend');
      }
      for (const label of widget.querySelectorAll('.key span, .value span')) if (label.textContent.trim() === '') say('a line without a label');
    }
    if (type === 'alarm' && widget.querySelector('.alarm') === null) say('no alarm');
    if (type === 'log') {
      const rows = [...widget.querySelectorAll('tr')].slice(1);
      if (rows.length === 0) say('no row');
      [...widget.querySelectorAll('th')].forEach((head, index) => { if (rows.every((row) => row.cells[index].textContent === '')) say(`nothing in the column ${head.textContent}`); });
    }
    // Texts as they are laid out, line by line; a range does not know what hides them.
    const found = [];
    const walker = page.createTreeWalker(widget, 4 /* NodeFilter.SHOW_TEXT */);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.textContent.trim() === '') continue;
      const range = page.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) found.push({ box, text: node.textContent.trim(), parent: node.parentElement });
      if (parseFloat(style(node.parentElement).fontSize) < 10) say(`"${node.textContent.trim()}" is ${style(node.parentElement).fontSize} small`);
    }
    const cut = new Set();
    for (const { box, text, parent } of found) {
      for (let at = parent; at !== null && at !== page.body; at = at.parentElement) {
        if (at !== widget && style(at).overflow !== 'hidden' && at.tagName !== 'svg') continue;
        const around = at.getBoundingClientRect();
        if (box.left < around.left - 1.5 || box.right > around.right + 1.5 || box.top < around.top - 2 || box.bottom > around.bottom + 2) cut.add(text);
      }
    }
    for (const text of cut) say(`"${text}" is cut off`);
    for (const graph of widget.querySelectorAll('svg')) {
      const [box, around] = [graph.getBoundingClientRect(), widget.getBoundingClientRect()];
      if (box.bottom > around.bottom + 1 || box.right > around.right + 1) say('a chart is cut off');
      if (!graph.classList.contains('spark') && box.height < 60) say(`a chart is ${box.height} px high`);
    }
    const over = new Set();
    found.forEach(({ box, text }, index) => found.slice(index + 1).forEach((other) => {
      if (!cut.has(text) && !cut.has(other.text) && !apart(box, other.box, 1.5)) over.add(`"${text}" lies over "${other.text}"`);
    }));
    over.forEach(say);
  }

  return wrong;
}

examine(look, (html) => [Number(/data-width="(\d+)"/.exec(html)?.[1])], (html) => `, ${(html.match(/<section class="widget/g) ?? []).length} widgets`);
