/** What people read of a run; the result of a task has room for it beside everything else. */
const MOST = 2000;

/** A text with both of its ends: what happened to which job, and the last that was said. */
export function clip(text: string, most = MOST): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - 5) / 2);
  // Half a character is none.
  return `${text.slice(0, half).replace(/[\uD800-\uDBFF]$/, '')}\n...\n${text.slice(-half).replace(/^[\uDC00-\uDFFF]/, '')}`;
}
