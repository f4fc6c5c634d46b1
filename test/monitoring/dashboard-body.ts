/**
 * Says what is wrong with the body of a dashboard, by CloudWatch's description of it; nobody's code but ours here, for the service itself checks little and draws nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html (read in a copy of 2026)
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html for 500 metrics in a widget and 2,500 in a dashboard
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html for functions and ids
 */
export interface Body {
  readonly widgets: readonly Widget[];
  readonly [key: string]: unknown;
}

export interface Widget {
  readonly type: string;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly properties: Record<string, any>;
}

/** A metric as a widget asks for it. */
export interface UsedMetric {
  readonly widget: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly string[];
  readonly statistic: string;
}

const MOST = { widgets: 500, metricsOfWidget: 500, metrics: 2500, alarms: 100 };
const GRID = 24;
const RELATIVE = /^-P(T\d+[MH]|\d+[DWM])$/;
const ABSOLUTE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const STATISTIC = /^(SampleCount|Average|Sum|Minimum|Maximum|IQM|p\d{1,2}(\.\d+)?|p100|(TM|WM|PR|TC|TS|tm|wm|tc|ts)(\d+(\.\d+)?|\(.+\)))$/;
const ID = /^[a-z]\w*$/;
const COLOR = /^#[0-9a-fA-F]{6}$/;
const FUNCTIONS = ('ABS ANOMALY_DETECTION_BAND AVG CEIL DATAPOINT_COUNT DB_PERF_INSIGHTS DIFF DIFF_TIME DAY EPOCH FILL FIRST FLOOR HOUR IF INSIGHT_RULE_METRIC LAMBDA LAST LOG LOG10 MAX '
  + 'METRIC_COUNT METRICS MIN MINUTE MONTH PERIOD RATE REMOVE_EMPTY RUNNING_SUM SEARCH SERVICE_QUOTA SLICE SORT STDDEV SUM TIME_SERIES YEAR AND OR LINEAR REPEAT ASC DESC').split(' ');

/** Everything that is wrong, as `widget 3 (metric, "Title"): ...`. */
export function bodyProblems(body: Body): string[] {
  const problems = [...unknownKeys('body', body, ['widgets', 'variables', 'start', 'end', 'periodOverride']), ...timeProblems('body', body)];
  if (body.periodOverride !== undefined && !['auto', 'inherit'].includes(body.periodOverride as string)) problems.push(`body: periodOverride ${JSON.stringify(body.periodOverride)}`);
  if (!Array.isArray(body.widgets)) return [...problems, 'body: no widgets array'];
  if (body.widgets.length > MOST.widgets) problems.push(`body: ${body.widgets.length} widgets`);
  const metrics = body.widgets.flatMap((widget) => metricEntries(widget).filter((entry) => typeof entry[0] === 'string')).length;
  if (metrics > MOST.metrics) problems.push(`body: ${metrics} metrics`);
  body.widgets.forEach((widget, i) => problems.push(...widgetProblems(widget).map((problem) => `${nameOf(widget, i)}: ${problem}`)));
  body.widgets.forEach((one, i) => body.widgets.slice(0, i).forEach((other, j) => {
    if (overlap(one, other)) problems.push(`${nameOf(one, i)}: overlaps widget ${j}`);
  }));
  return problems;
}

/** What this library asks of its own dashboards beyond what the service takes: that a person can read them. */
export function styleProblems(body: Body): string[] {
  const lines = new Map<number, number>();
  for (const { y = 0 } of body.widgets) lines.set(y, (lines.get(y) ?? 0) + 1);
  return [
    ...[...lines].filter(([, count]) => count > 4).map(([y, count]) => `line ${y}: ${count} widgets side by side`),
    ...body.widgets.flatMap((widget, i) => {
      const { type, properties, height = 6 } = widget;
      const problems: string[] = [];
      if (type !== 'text' && !properties.title) problems.push('no title');
      if (type === 'metric') {
        if (!/\((\d+ (min|h|days?|s))\)$/.test(properties.title)) problems.push('no period in the title');
        if (properties.view === 'timeSeries' && !/, .+ \(/.test(properties.title)) problems.push('no unit in the title');
        if (height < (properties.view === 'singleValue' ? 3 : 6)) problems.push(`height ${height} is too low to read`);
        const drawn = metricEntries(widget).map((entry) => optionsOf(entry)).filter(({ visible }) => visible !== false);
        if (drawn.length === 0) problems.push('draws nothing');
        // A search has lines of its own names.
        if (drawn.some(({ label, expression = '' }) => !label && !expression.includes('SEARCH('))) problems.push('a line without a label');
        for (const side of ['left', 'right']) {
          const used = drawn.some(({ yAxis = 'left' }) => yAxis === side);
          const axis = properties.yAxis?.[side];
          if (properties.view === 'timeSeries' && used && (!axis?.label || axis.showUnits !== false || axis.min === undefined)) problems.push(`${side} axis without label, unit or minimum`);
        }
      }
      return problems.map((problem) => `${nameOf(widget, i)}: ${problem}`);
    }),
  ];
}

/** Every metric that a body asks for, those in search expressions too. */
export function usedMetrics(body: Body): UsedMetric[] {
  return body.widgets.flatMap((widget, i) => {
    const where = nameOf(widget, i);
    let last: readonly unknown[] = [];
    return metricEntries(widget).flatMap((entry) => {
      const options = optionsOf(entry);
      if (options.expression !== undefined) {
        return [...String(options.expression).matchAll(/SEARCH\('\{([^}]*)\}([^']*)', '([^']*)'/g)].map(([, schema, terms, statistic]): UsedMetric => {
          const [namespace, ...dimensions] = schema.split(',').map((part) => part.trim().replace(/"/g, ''));
          return { widget: where, namespace, name: /MetricName="?(\w+)/.exec(terms)?.[1] ?? '*', dimensions, statistic };
        });
      }
      const words = entry.filter((part) => typeof part === 'string').map((part, j) => part === '.' ? last[j] : part) as string[];
      last = words;
      const [namespace, name, ...pairs] = words;
      return [{ widget: where, namespace, name, dimensions: pairs.filter((_, j) => j % 2 === 0), statistic: options.stat ?? widget.properties.stat ?? 'Average' }];
    });
  });
}

function widgetProblems(widget: Widget): string[] {
  const { type, x, y, width = 6, height = 6, properties } = widget;
  const whole = (name: string, value: unknown, min: number, max: number) => value === undefined || (Number.isInteger(value) && value as number >= min && value as number <= max) ? [] : [`${name} ${JSON.stringify(value)}`];
  const problems = [
    ...unknownKeys('widget', widget, ['type', 'x', 'y', 'width', 'height', 'properties']),
    ...whole('x', x, 0, GRID - 1), ...whole('y', y, 0, Infinity), ...whole('width', width, 1, GRID), ...whole('height', height, 1, 1000),
    ...(x === undefined) !== (y === undefined) ? ['x and y need each other'] : [],
    ...(x ?? 0) + width > GRID ? [`ends at column ${(x ?? 0) + width}`] : [],
  ];
  if (typeof properties !== 'object' || properties === null) return [...problems, 'no properties'];
  switch (type) {
    case 'metric': return [...problems, ...metricWidgetProblems(properties)];
    case 'text': return [...problems, ...textProblems(properties)];
    case 'log': return [...problems, ...logProblems(properties)];
    case 'alarm': return [...problems, ...alarmProblems(properties)];
    case 'explorer': return problems;
    default: return [...problems, `type ${JSON.stringify(type)}`];
  }
}

function textProblems(properties: Record<string, any>): string[] {
  return [
    ...unknownKeys('text', properties, ['markdown', 'background']),
    ...typeof properties.markdown === 'string' && properties.markdown.trim() !== '' ? [] : ['no markdown'],
    ...oneOf('background', properties.background, ['solid', 'transparent']),
  ];
}

function logProblems(properties: Record<string, any>): string[] {
  return [
    ...unknownKeys('log', properties, ['accountId', 'region', 'title', 'query', 'queryLanguage', 'view', 'stacked', 'legend', 'yAxis']),
    ...text('region', properties.region),
    ...oneOf('view', properties.view, ['table', 'timeSeries', 'bar', 'pie']),
    ...typeof properties.query !== 'string' ? ['no query']
      : /^SOURCE '[^']+'( \| SOURCE '[^']+')* ?\| ?\S/.test(properties.query) ? [] : [`query ${JSON.stringify(properties.query)}`],
  ];
}

function alarmProblems({ alarms, sortBy, states, ...properties }: Record<string, any>): string[] {
  return [
    ...unknownKeys('alarm', properties, ['title']),
    ...!Array.isArray(alarms) || alarms.length < 1 || alarms.length > MOST.alarms ? [`alarms: ${alarms?.length}`] : alarms.filter((arn: string) => !/^arn:aws[\w-]*:cloudwatch:[\w-]+:\w+:alarm:.+$/.test(arn)).map((arn: string) => `alarm ${arn}`),
    ...oneOf('sortBy', sortBy, ['default', 'stateUpdatedTimestamp', 'timestamp']),
    ...(states ?? []).flatMap((state: string) => oneOf('states', state, ['ALARM', 'INSUFFICIENT_DATA', 'OK'])),
  ];
}

function metricWidgetProblems(properties: Record<string, any>): string[] {
  const { metrics, annotations, view, yAxis = {}, period, stat, legend } = properties;
  return [
    // `start` and `end` of a widget are aws-cdk-lib's and the console's; the page names them for the whole body only.
    ...unknownKeys('metric', properties, 'accountId annotations liveData legend metrics period region sparkline stacked stat table timezone title view yAxis setPeriodToTimeRange singleValueFullPrecision start end labels'.split(' ')),
    ...text('region', properties.region),
    ...oneOf('view', view, ['timeSeries', 'singleValue', 'gauge', 'bar', 'pie', 'table']),
    ...oneOf('legend.position', legend?.position, ['right', 'bottom', 'hidden']),
    ...view === 'gauge' && (yAxis.left?.min === undefined || yAxis.left?.max === undefined) ? ['a gauge needs min and max'] : [],
    ...periodProblems(period), ...statisticProblems(stat), ...timeProblems('widget', properties),
    ...unknownKeys('yAxis', yAxis, ['left', 'right']),
    ...['left', 'right'].flatMap((side) => axisProblems(side, yAxis[side])),
    ...annotationProblems(annotations, metrics),
    ...metrics === undefined ? (annotations?.alarms === undefined ? ['neither metrics nor an alarm'] : []) : Array.isArray(metrics) ? metricsProblems(metrics) : ['metrics is no array'],
  ];
}

function axisProblems(side: string, axis: Record<string, any> | undefined): string[] {
  if (axis === undefined) return [];
  return [
    ...unknownKeys(`yAxis.${side}`, axis, ['label', 'min', 'max', 'showUnits']),
    ...['min', 'max'].filter((name) => axis[name] !== undefined && !Number.isFinite(axis[name])).map((name) => `yAxis.${side}.${name} ${JSON.stringify(axis[name])}`),
    ...axis.min !== undefined && axis.max !== undefined && axis.min >= axis.max ? [`yAxis.${side} from ${axis.min} to ${axis.max}`] : [],
    ...axis.showUnits !== undefined && typeof axis.showUnits !== 'boolean' ? [`yAxis.${side}.showUnits ${JSON.stringify(axis.showUnits)}`] : [],
  ];
}

function annotationProblems(annotations: Record<string, any> | undefined, metrics: unknown): string[] {
  if (annotations === undefined) return [];
  const { alarms, horizontal = [], vertical = [] } = annotations;
  const single = (kind: string, value: (one: any) => boolean, fills: string[]) => (one: any) => [
    ...unknownKeys(kind, one, ['value', 'label', 'color', 'fill', 'yAxis', 'visible']),
    ...value(one.value) ? [] : [`${kind} value ${JSON.stringify(one.value)}`],
    ...oneOf(`${kind} fill`, one.fill, fills), ...oneOf(`${kind} yAxis`, one.yAxis, ['left', 'right']), ...colorProblems(one.color),
  ];
  return [
    ...unknownKeys('annotations', annotations, ['alarms', 'horizontal', 'vertical']),
    ...alarms !== undefined && (alarms.length > 1 || metrics !== undefined || horizontal.length + vertical.length > 0) ? ['an alarm stands alone'] : [],
    ...horizontal.flat().flatMap(single('horizontal', Number.isFinite, ['above', 'below', 'none'])),
    ...vertical.flat().flatMap(single('vertical', (one) => ABSOLUTE.test(one), ['before', 'after', 'none'])),
  ];
}

function metricsProblems(metrics: readonly unknown[]): string[] {
  if (metrics.length > MOST.metricsOfWidget) return [`${metrics.length} metrics`];
  const ids: string[] = metrics.flatMap((entry) => Array.isArray(entry) ? optionsOf(entry).id ?? [] : []);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  let words = 0;
  return [
    ...twice.map((id) => `id ${id} twice`),
    ...metrics.flatMap((entry, i) => {
      if (!Array.isArray(entry)) return [`metric ${i} is no array`];
      const before = words;
      words = entry.filter((part) => typeof part === 'string').length;
      return entryProblems(entry, ids, before).map((problem) => `metric ${i}: ${problem}`);
    }),
  ];
}

function entryProblems(entry: readonly any[], ids: readonly string[], before: number): string[] {
  const options = optionsOf(entry);
  const words = entry.filter((part) => typeof part === 'string') as string[];
  const common = [
    ...unknownKeys('options', options, ['accountId', 'color', 'expression', 'id', 'label', 'period', 'region', 'stat', 'visible', 'yAxis']),
    ...options.id === undefined || ID.test(options.id) ? [] : [`id ${options.id}`],
    ...oneOf('yAxis', options.yAxis, ['left', 'right']), ...periodProblems(options.period), ...statisticProblems(options.stat), ...colorProblems(options.color),
    ...options.visible === undefined || typeof options.visible === 'boolean' ? [] : [`visible ${JSON.stringify(options.visible)}`],
    ...entry.slice(0, -1).some((part) => typeof part !== 'string') || entry.length !== words.length + (typeof entry.at(-1) === 'object' ? 1 : 0) ? ['parts that are no text'] : [],
  ];
  if (options.expression !== undefined) return [...common, ...words.length > 0 ? ['an expression with a namespace'] : [], ...expressionProblems(options, ids)];
  return [
    ...common,
    ...words.length < 2 ? ['no namespace or no name'] : [],
    ...words.length % 2 === 1 ? ['a dimension without a value'] : [],
    // A dot stands for what the entry before has at this place.
    ...words.flatMap((word, i) => word === '' ? [`part ${i} is empty`] : word === '.' && i >= before ? [`part ${i} repeats nothing`] : []),
  ];
}

function expressionProblems({ expression, id }: Record<string, any>, ids: readonly string[]): string[] {
  if (typeof expression !== 'string' || expression.trim() === '') return ['expression is empty'];
  // MetricDataQuery, Expression: at most 2,048 characters (botocore 1.43.11).
  const long = expression.length > 2048 ? [`expression of ${expression.length} characters`] : [];
  const bare = expression.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '""');
  const balanced = [...bare].reduce((depth, char) => depth < 0 ? depth : depth + (char === '(' ? 1 : char === ')' ? -1 : 0), 0) === 0;
  const names: string[] = bare.match(/[A-Za-z_]\w*/g) ?? [];
  return [
    ...long, ...balanced ? [] : ['parentheses'],
    ...names.filter((name) => !FUNCTIONS.includes(name) && !ids.includes(name)).map((name) => `expression refers to ${name}`),
    ...id !== undefined && names.includes(id) ? [`expression refers to itself, ${id}`] : [],
  ];
}

function periodProblems(period: unknown): string[] {
  return period === undefined || (Number.isInteger(period) && period as number >= 60 && period as number % 60 === 0) ? [] : [`period ${JSON.stringify(period)}`];
}

function statisticProblems(stat: unknown): string[] {
  return stat === undefined || (typeof stat === 'string' && STATISTIC.test(stat)) ? [] : [`stat ${JSON.stringify(stat)}`];
}

function colorProblems(color: unknown): string[] {
  return color === undefined || (typeof color === 'string' && COLOR.test(color)) ? [] : [`color ${JSON.stringify(color)}`];
}

function timeProblems(where: string, { start, end }: Record<string, any>): string[] {
  return [
    ...end !== undefined && (start === undefined || !ABSOLUTE.test(end)) ? [`${where}: end ${end}`] : [],
    ...start === undefined || ABSOLUTE.test(start) || (end === undefined && RELATIVE.test(start)) ? [] : [`${where}: start ${start}`],
  ];
}

function text(name: string, value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [] : [`no ${name}`];
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): string[] {
  return value === undefined || allowed.includes(value as string) ? [] : [`${name} ${JSON.stringify(value)}`];
}

function unknownKeys(where: string, value: object, allowed: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !allowed.includes(key)).map((key) => `${where}: unknown ${key}`);
}

function metricEntries({ type, properties }: Widget): readonly (readonly any[])[] {
  return type === 'metric' && Array.isArray(properties?.metrics) ? properties.metrics.filter((entry: unknown) => Array.isArray(entry)) : [];
}

function optionsOf(entry: readonly any[]): Record<string, any> {
  const last = entry.at(-1);
  return typeof last === 'object' && last !== null ? last : {};
}

function overlap(one: Widget, other: Widget): boolean {
  if (one.x === undefined || one.y === undefined || other.x === undefined || other.y === undefined) return false;
  const apart = (at: number, size: number, otherAt: number, otherSize: number) => at + size <= otherAt || otherAt + otherSize <= at;
  return !apart(one.x, one.width ?? 6, other.x, other.width ?? 6) && !apart(one.y, one.height ?? 6, other.y, other.height ?? 6);
}

function nameOf({ type, properties }: Widget, index: number): string {
  return `widget ${index} (${type}${properties?.title === undefined ? '' : `, ${JSON.stringify(properties.title)}`})`;
}
