import { coordinate, escaped } from './svg';
import type { RehearsalReport } from '../rehearsal/report';
import { count, OUTCOME_WORDS, percent } from '../rehearsal/words';

/** How often the rehearsals ended how: one bar an outcome, with the interval that so many seeds leave open. */
export function outcomeChart(report: RehearsalReport): string {
  const drawing = (width: number, labels: number, numbers: number, font: number, size: string) => {
    const row = 34;
    const height = row * report.outcomes.length + 30;
    const [left, right] = [labels, width - numbers];
    const x = (share: number) => left + share * (right - left);
    const bars = report.outcomes.map((each, i) => {
      const y = 6 + i * row;
      return [
        `<text class="strong" x="${left - 10}" y="${y + 18}" text-anchor="end">${escaped(OUTCOME_WORDS[each.outcome])}</text>`,
        `<path class="track" d="M${left} ${y + 3}H${right}v20H${left}Z"/>`,
        `<path class="bar ${escaped(each.outcome)}" d="M${left} ${y + 3}H${coordinate(Math.max(x(each.share), left + 2))}v20H${left}Z"/>`,
        `<path class="whisker" d="M${coordinate(x(each.low))} ${y + 13}H${coordinate(x(each.high))}m0 -5v10M${coordinate(x(each.low))} ${y + 8}v10"/>`,
        `<text class="strong" x="${right + 10}" y="${y + 18}">${escaped(percent(each.share))}</text>`,
      ].join('');
    });
    const bottom = row * report.outcomes.length + 6;
    const ticks = (size === 'narrow' ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]).map((share) => `<path class="tick" d="M${coordinate(x(share))} ${bottom}v4"/><text x="${coordinate(x(share))}" y="${bottom + 18}" text-anchor="middle">${share * 100} %</text>`);
    const title = 'How the rehearsals ended';
    const text = report.outcomes.map((each) => `${OUTCOME_WORDS[each.outcome]} ${percent(each.share)}`).join(', ');
    return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="outcomes-${size}-t outcomes-${size}-d" font-size="${font}"><title id="outcomes-${size}-t">${title}</title>`
      + `<desc id="outcomes-${size}-d">${escaped(text)}</desc>${bars.join('')}<path class="axis" d="M${left} ${bottom}H${right}"/>${ticks.join('')}</svg>`;
  };
  return [
    '<figure class="chart" id="outcomes">',
    `<figcaption><h3>How the rehearsals ended</h3><ul class="legend"><li>share of ${count(report.seeds)} seeds; the thin line is the 95 % interval</li></ul></figcaption>`,
    `<div class="wide">${drawing(1000, 150, 80, 14, 'wide')}</div>`,
    `<div class="middle">${drawing(640, 150, 80, 14, 'middle')}</div>`,
    `<div class="narrow">${drawing(340, 116, 62, 12, 'narrow')}</div>`,
    '</figure>',
  ].join('\n');
}
