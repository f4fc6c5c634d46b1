/** A dashboard as one HTML page that asks for nothing, as wide as it is told. */
import type { Alarm, Dashboard, Widget } from './body';
import { barChart, gauge, newest, pieChart, sparkline, timeChart } from './chart';
import { tableOf } from './logs';
import { escaped, rendered } from './markdown';
import { widthOf, written } from './scale';
import { linesOf, metricsOf, type Line } from './series';
import { stampOf, windowOf, type Window } from './time';
import { World } from './world';

/** Pixels of a row of the grid, of the gap between widgets, of the bar on top, of a title. */
const ROW = 50;
const GAP = 10;
const BAR = 56;
const TITLE = 30;
const PAD = 10;
const LEGEND_ROW = 18;
const COLUMNS = 24;

const STYLE = `
*{box-sizing:border-box}body{margin:0;background:#f2f3f3;color:#16191f;font:13px/18px "Amazon Ember","Helvetica Neue",Arial,"Liberation Sans",sans-serif}
header{height:${BAR}px;padding:0 16px;display:flex;align-items:center;justify-content:space-between;background:#fff;border-bottom:1px solid #d5dbdb}
h1{font-size:18px;line-height:24px;margin:0}header span{color:#545b64}main{position:relative}
.widget{position:absolute;background:#fff;border:1px solid #d5dbdb;border-radius:3px;overflow:hidden;padding:0 ${PAD}px}.widget.bare{background:transparent;border-color:transparent}
h2.title{font-size:14px;line-height:20px;font-weight:700;margin:0;padding-top:7px;height:${TITLE}px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
svg{display:block;overflow:visible}svg text{font-size:11px;fill:#545b64}svg text.mark-label{fill:#16191f;paint-order:stroke;stroke:#fff;stroke-width:3px}svg text.axis-label{fill:#16191f}svg text.slice{fill:#fff;font-weight:700}svg text.gauge-value{font-size:26px;fill:#16191f}
.grid{stroke:#eaeded}.base,.tick{stroke:#aab7b8}.line{fill:none;stroke-width:1.5;stroke-linejoin:round}.area{opacity:.35}.mark{fill:none;stroke-width:1.5;stroke-dasharray:5 3}.shade{opacity:.12}
.gauge-rest,.gauge{fill:none;stroke-width:16}.gauge-rest{stroke:#eaeded}
.legend{display:flex;flex-wrap:wrap;column-gap:14px;overflow:hidden}.legend.right{display:block}.key{display:flex;align-items:center;height:${LEGEND_ROW}px;font-size:11px;white-space:nowrap;min-width:0}.key i{flex:none;width:10px;height:10px;border-radius:2px;margin-right:5px}.key span{overflow:hidden;text-overflow:ellipsis}
.beside{display:flex}.values{display:flex;flex-wrap:wrap;align-content:space-evenly;overflow:hidden}.value{text-align:left;padding:2px 6px;min-width:0}.value b{display:block;font-weight:400;font-size:30px;line-height:36px;white-space:nowrap}.value span{display:block;font-size:12px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.text{overflow:hidden;padding-top:8px}.text>*{margin:0 0 6px}.text h1{font-size:20px;line-height:26px}.text h2{font-size:17px;line-height:22px}.text h3{font-size:15px;line-height:20px}.text h4,.text h5,.text h6{font-size:13px}.text ul,.text ol{padding-left:20px}
a{color:#0073bb;text-decoration:none}a.button{border:1px solid #545b64;color:#545b64;border-radius:2px;padding:2px 10px;font-weight:700}a.button.primary{background:#ec7211;border-color:#ec7211;color:#fff}
code,pre{font:12px/16px "DejaVu Sans Mono",monospace;background:#f2f3f3;border-radius:2px;padding:0 3px}table{border-collapse:collapse}th,td{text-align:left;padding:2px 10px 2px 0;border-bottom:1px solid #eaeded;font-weight:400}th{color:#545b64;font-weight:700}
.log{overflow:hidden}.log table{width:100%;font-size:12px}.log td{white-space:nowrap}
.alarms{display:flex;flex-wrap:wrap;gap:6px;align-content:flex-start;overflow:hidden}.alarm{border-radius:3px;padding:5px 10px;font-size:12px;line-height:16px;color:#fff;max-width:100%;overflow-wrap:anywhere}.OK{background:#1d8102}.ALARM{background:#d13212}.INSUFFICIENT_DATA{background:#687078}
.none{color:#545b64;padding-top:8px}`;

interface Frame {
  readonly world: World;
  readonly window: Window;
  readonly alarms: readonly Alarm[];
  /** Of what is inside. */
  readonly width: number;
  readonly height: number;
}

const key = ({ color, label }: Line) => `<div class="key"><i style="background:${escaped(color)}"></i><span>${escaped(label)}</span></div>`;

/** How many rows a legend below takes. */
function rows(lines: readonly Line[], width: number): number {
  let [count, used] = [1, 0];
  for (const { label } of lines) {
    const wide = Math.min(width, 15 + widthOf(label, 11) + 14);
    if (used > 0 && used + wide > width + 14) [count, used] = [count + 1, 0];
    used += wide;
  }
  return count;
}

/** A chart with its legend where the widget wants it. */
function withLegend(lines: readonly Line[], position: string | undefined, { width, height }: Frame, chart: (width: number, height: number) => string): string {
  if (position === 'hidden' || lines.length === 0) return chart(width, height);
  if (position === 'right') {
    const wide = Math.min(width / 2, Math.max(...lines.map(({ label }) => 28 + widthOf(label, 11))));
    return `<div class="beside">${chart(Math.floor(width - wide), height)}<div class="legend right" style="width:${Math.floor(wide)}px;height:${height}px;padding-left:10px">${lines.map(key).join('')}</div></div>`;
  }
  // A legend may take two fifths: what is beyond that is hidden in the console too.
  const tall = LEGEND_ROW * Math.max(1, Math.min(rows(lines, width), Math.floor(height * 0.4 / LEGEND_ROW)));
  return `${chart(width, height - tall)}<div class="legend" style="height:${tall}px">${lines.map(key).join('')}</div>`;
}

function metricWidget({ properties }: Widget, frame: Frame): { readonly html: string; readonly empty: readonly string[] } {
  const { window, width, height } = frame;
  const lines = linesOf(properties, frame.world, window);
  const empty = lines.filter(({ points }) => points.length === 0).map(({ label }) => label);
  const { legend } = properties;
  switch (properties.view ?? 'timeSeries') {
    case 'singleValue': {
      const across = Math.max(1, Math.min(lines.length, Math.floor(width / 120)));
      const wide = Math.floor(width / across);
      const tall = height / Math.ceil(lines.length / across);
      const full = (value: number) => properties.singleValueFullPrecision ? String(Number(value.toPrecision(12))) : written(value);
      const cells = lines.map((line) => {
        const value = newest(line);
        return `<div class="value" style="width:${wide}px"><b>${value === undefined ? '--' : full(value)}</b><span>${escaped(line.label)}</span>${properties.sparkline && tall >= 84 ? sparkline(line, window, wide - 12, 24) : ''}</div>`;
      });
      return { html: `<div class="values" style="height:${height}px">${cells.join('')}</div>`, empty };
    }
    case 'gauge': return { html: withLegend(lines, legend?.position, frame, (wide, tall) => `<div class="beside">${lines.map((line) => gauge(line, properties, Math.floor(wide / lines.length), tall)).join('')}</div>`), empty };
    case 'bar': return { html: withLegend(lines, legend?.position, frame, (wide, tall) => barChart(lines, properties, wide, tall)), empty };
    case 'pie': return { html: withLegend(lines, legend?.position ?? 'right', frame, (wide, tall) => pieChart(lines, wide, tall)), empty };
    case 'timeSeries': return { html: withLegend(lines, legend?.position, frame, (wide, tall) => timeChart(lines, properties, window, wide, tall)), empty };
    default: throw new Error(`No picture for the view ${properties.view}`);
  }
}

/** As the generated data has it: the last run of a training failed, nothing else is wrong. */
const stateOf = (arn: string) => /train.*failed/i.test(arn) ? 'ALARM' : /idle|unused/i.test(arn) ? 'INSUFFICIENT_DATA' : 'OK';
const nameOf = (arn: string) => arn.split(':alarm:')[1] ?? arn;

function content(widget: Widget, frame: Frame): { readonly html: string; readonly empty?: readonly string[] } {
  const { properties } = widget;
  switch (widget.type) {
    case 'text': return { html: `<div class="text" style="height:${frame.height}px">${rendered(properties.markdown ?? '')}</div>` };
    case 'metric': {
      const [alarm] = properties.annotations?.alarms ?? [];
      if (alarm === undefined) return metricWidget(widget, frame);
      const known = frame.alarms.find(({ name }) => name === nameOf(alarm));
      if (!known) throw new Error(`The widget "${properties.title}" shows an alarm that is not in the template: ${alarm}`);
      const threshold = known.threshold === undefined ? [] : [{ value: known.threshold, label: 'threshold' }];
      return metricWidget({ ...widget, properties: { ...properties, metrics: known.metrics, annotations: { horizontal: threshold } } }, frame);
    }
    case 'alarm': {
      const shown = (properties.alarms ?? []).map((arn) => [nameOf(arn), stateOf(arn)] as const).filter(([, state]) => properties.states === undefined || properties.states.includes(state));
      return { html: `<div class="alarms" style="height:${frame.height}px">${shown.map(([name, state]) => `<div class="alarm ${state}">${escaped(name)}</div>`).join('')}</div>` };
    }
    case 'log': {
      const { columns, rows: found } = tableOf(properties.query ?? '', frame.window, Math.floor((frame.height - 24) / 23), frame.world.sides);
      const row = (tag: string, cells: readonly string[]) => `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
      return { html: `<div class="log" style="height:${frame.height}px"><table>${row('th', columns)}${found.map((cells) => row('td', cells)).join('')}</table></div>` };
    }
    default: throw new Error(`No picture for widgets of the type ${widget.type}`);
  }
}

export interface Page {
  readonly html: string;
  readonly width: number;
  readonly height: number;
}

export function pageOf({ name, body, alarms }: Dashboard, width = 1440): Page {
  const window = windowOf(body);
  const asked = [...metricsOf(body.widgets), ...metricsOf(alarms.map(({ metrics }) => ({ properties: { metrics } })))];
  const world = new World(window, asked);
  const column = (width - GAP) / COLUMNS;
  const drawn = body.widgets.map((widget) => {
    const { x = 0, y = 0, width: wide = 6, height: tall = 6, properties } = widget;
    const box = { left: Math.round(GAP + x * column), top: Math.round(GAP + y * ROW), width: Math.round(wide * column - GAP), height: tall * ROW - GAP };
    const titled = widget.type !== 'text' && properties.title !== undefined;
    // A widget may show another time range than the dashboard.
    const own = properties.start === undefined ? undefined : windowOf({ start: properties.start, end: properties.end, periodOverride: body.periodOverride });
    const frame: Frame = { world: own ? new World(own, asked) : world, alarms, window: own ?? window, width: box.width - 2 * PAD - 2, height: box.height - (titled ? TITLE : 8) - 8 };
    const { html, empty = [] } = content(widget, frame);
    const data = `data-type="${escaped(widget.type)}" data-view="${escaped(properties.view ?? '')}" data-empty="${escaped(JSON.stringify(empty))}"`;
    return `<section class="widget${properties.background === 'transparent' ? ' bare' : ''}" ${data} style="left:${box.left}px;top:${box.top}px;width:${box.width}px;height:${box.height}px">`
      + `${titled ? `<h2 class="title">${escaped(properties.title!)}</h2>` : '<div style="height:7px"></div>'}${html}</section>`;
  });
  const bottom = Math.max(0, ...body.widgets.map(({ y = 0, height = 6 }) => y + height)) * ROW + GAP;
  const html = `<!DOCTYPE html><html lang="en" data-width="${width}"><head><meta charset="utf-8"><title>${escaped(name)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>`
    + `<body style="width:${width}px"><header><h1>${escaped(name)}</h1><span>${stampOf(window.start).slice(0, 16)} to ${stampOf(window.end).slice(0, 16)} UTC, generated data</span></header>`
    + `<main style="height:${bottom}px">${drawn.join('\n')}</main></body></html>`;
  return { html, width, height: BAR + bottom };
}
