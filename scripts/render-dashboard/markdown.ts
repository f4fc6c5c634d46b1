/** The Markdown that text widgets know (CloudWatch user guide, "Markdown in dashboards"): what a dashboard of ours can have of it. */

export const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

function inline(text: string): string {
  const kept: string[] = [];
  const keep = (html: string) => `\u0000${kept.push(html) - 1}\u0000`;
  const marked = text
    .replace(/\\([\\`*_{}[\]()#+\-.!|])/g, (_all, letter: string) => keep(escaped(letter)))
    .replace(/`([^`]+)`/g, (_all, code: string) => keep(`<code>${escaped(code)}</code>`))
    // The address stays out of the page: it must not ask for anything.
    .replace(/\[button(:primary)?:([^\]]+)\]\(([^)\s]+)[^)]*\)/g, (_all, primary: string | undefined, label: string, url: string) => keep(`<a class="button${primary ? ' primary' : ''}" data-href="${escaped(url)}">${escaped(label)}</a>`))
    .replace(/\[([^\]]+)\]\(([^)\s]+)[^)]*\)/g, (_all, label: string, url: string) => keep(`<a data-href="${escaped(url)}">${escaped(label)}</a>`));
  return escaped(marked)
    .replace(/\*\*([^*]+)\*\*|__([^_]+)__/g, (_all, stars?: string, lines?: string) => `<strong>${stars ?? lines}</strong>`)
    .replace(/\*([^*\s][^*]*)\*|(?<!\w)_([^_]+)_(?!\w)/g, (_all, stars?: string, lines?: string) => `<em>${stars ?? lines}</em>`)
    .replace(/\u0000(\d+)\u0000/g, (_all, index: string) => kept[Number(index)]);
}

const cells = (line: string) => line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((cell) => inline(cell.trim().replace(/\\\|/g, '|')));
const isRule = (line: string | undefined) => line !== undefined && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(line) && line.includes('-');

/** HTML of a Markdown text. */
export function rendered(markdown: string): string {
  const lines = markdown.replace(/\r\n?/g, '\n').split('\n');
  const html: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    const item = /^\s*([-*+]|\d+\.)\s+/.exec(line);
    if (line.trim() === '') {at += 1;} else if (heading) {
      html.push(`<h${heading[1].length}>${inline(heading[2])}</h${heading[1].length}>`);
      at += 1;
    } else if (/^\s*```/.test(line)) {
      const end = lines.findIndex((other, index) => index > at && /^\s*```/.test(other));
      html.push(`<pre>${escaped(lines.slice(at + 1, end < 0 ? lines.length : end).join('\n'))}</pre>`);
      at = end < 0 ? lines.length : end + 1;
    } else if (line.includes('|') && isRule(lines[at + 1]) && lines[at + 1].includes('|')) {
      const head = cells(line);
      const rows: string[][] = [];
      for (at += 2; at < lines.length && lines[at].includes('|'); at++) rows.push(cells(lines[at]));
      html.push(`<table><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`);
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      html.push('<hr>');
      at += 1;
    } else if (item) {
      const tag = /\d/.test(item[1]) ? 'ol' : 'ul';
      const items: string[] = [];
      for (; at < lines.length && /^\s*([-*+]|\d+\.)\s+/.test(lines[at]); at++) items.push(lines[at].replace(/^\s*([-*+]|\d+\.)\s+/, ''));
      html.push(`<${tag}>${items.map((each) => `<li>${inline(each)}</li>`).join('')}</${tag}>`);
    } else {
      const paragraph: string[] = [];
      for (; at < lines.length && lines[at].trim() !== '' && !/^(#{1,6}\s|\s*```|\s*([-*+]|\d+\.)\s+)/.test(lines[at]); at++) paragraph.push(lines[at]);
      html.push(`<p>${inline(paragraph.join(' '))}</p>`);
    }
  }
  return html.join('');
}
