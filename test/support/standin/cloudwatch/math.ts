import type { Series } from './metrics';
import { invalid } from '../errors';

/** A number, or one for each period that has data. */
export type Value = number | Series;

type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'id'; readonly name: string }
  | { readonly kind: 'unary'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Expression[] };

/** Weakest first (CloudWatch user guide, "Using math expressions with CloudWatch metrics", 2026-11). */
const PRECEDENCE: readonly (readonly string[])[] = [['OR', '||'], ['AND', '&&'], ['==', '!=', '<', '>', '<=', '>='], ['+', '-'], ['*', '/'], ['^']];

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  'AND': (a, b) => Number(a !== 0 && b !== 0),
  'OR': (a, b) => Number(a !== 0 || b !== 0),
};

const ALIASES: Readonly<Record<string, string>> = { '&&': 'AND', '||': 'OR' };

class Parser {
  private at = 0;
  private readonly tokens: string[];

  constructor(private readonly text: string) {
    this.tokens = text.match(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|==|!=|<=|>=|&&|\|\||[-+*/^<>(),[\]]|\S/g) ?? [];
  }

  parse(): Expression {
    const expression = this.level(0);
    if (this.at < this.tokens.length) throw this.fails();
    return expression;
  }

  private level(depth: number): Expression {
    if (depth === PRECEDENCE.length) return this.unary();
    let left = this.level(depth + 1);
    while (PRECEDENCE[depth].includes(this.tokens[this.at])) {
      const operator = this.tokens[this.at++];
      left = { kind: 'binary', operator: ALIASES[operator] ?? operator, left, right: this.level(depth + 1) };
    }
    return left;
  }

  private unary(): Expression {
    if (this.take('-')) return { kind: 'unary', operand: this.unary() };
    if (this.take('(')) {
      const inner = this.level(0);
      if (!this.take(')')) throw this.fails();
      return inner;
    }
    const token = this.tokens[this.at++] ?? '';
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (/^[a-z]/.test(token)) return { kind: 'id', name: token };
    if (!/^[A-Z]+$/.test(token) || !this.take('(')) throw this.fails();
    const operands: Expression[] = [];
    do operands.push(...this.operand()); while (this.take(','));
    if (!this.take(')')) throw this.fails();
    return { kind: 'call', name: token, operands };
  }

  /** An array of series counts as so many operands: `MAX([m1, m2])`. */
  private operand(): Expression[] {
    if (!this.take('[')) return [this.level(0)];
    const items: Expression[] = [];
    do items.push(this.level(0)); while (this.take(','));
    if (!this.take(']')) throw this.fails();
    return items;
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  private fails(): Error {
    return invalid(`Error in expression '${this.text}': unexpected ${this.tokens[this.at] ?? 'end'}`);
  }
}

/** What an expression is evaluated on. */
export interface Surroundings {
  /** The periods that are looked at: what FILL fills. */
  readonly periods: readonly number[];
  /** The value of a metric or expression by its id. */
  value(id: string): Value;
}

/** Both sides where both have data; what is no number (a division by zero) is no data. */
function each(values: readonly Value[], combine: (...numbers: number[]) => number): Value {
  const series = values.filter((value) => typeof value !== 'number');
  if (series.length === 0) return combine(...values as number[]);
  const times = [...series[0].keys()].filter((time) => series.every((other) => other.has(time)));
  return new Map(times.map((time): [number, number] => [time, combine(...values.map((value) => typeof value === 'number' ? value : value.get(time)!))])
    .filter(([, value]) => Number.isFinite(value)));
}

type Call = (operands: readonly Value[], surroundings: Surroundings) => Value;

const FUNCTIONS: Readonly<Record<string, Call>> = {
  /** With a series as condition every period decides for itself, and the branch that is not taken need not have data. */
  IF([condition, yes, no], { periods }) {
    const at = (value: Value, time: number) => typeof value === 'number' ? value : value.get(time);
    if (typeof condition === 'number') return condition !== 0 ? yes : no ?? new Map();
    const taken = periods.map((time) => [time, condition.has(time) ? at(condition.get(time) !== 0 ? yes : no ?? new Map(), time) : undefined] as const);
    return new Map(taken.filter((pair): pair is readonly [number, number] => pair[1] !== undefined));
  },
  FILL([series, filling], { periods }) {
    if (typeof series === 'number') return series;
    return new Map(periods.map((time) => [time, series.get(time) ?? (typeof filling === 'number' ? filling : filling.get(time))] as const)
      .filter((pair): pair is readonly [number, number] => pair[1] !== undefined));
  },
  ABS: ([value]) => each([value], Math.abs),
  MAX: (values) => each(values, Math.max),
  MIN: (values) => each(values, Math.min),
  SUM: (values) => each(values, (...numbers) => numbers.reduce((a, b) => a + b, 0)),
  AVG: (values) => each(values, (...numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length),
};

const parsed = new Map<string, Expression>();

function evaluateNode(node: Expression, surroundings: Surroundings): Value {
  switch (node.kind) {
    case 'number': return node.value;
    case 'id': return surroundings.value(node.name);
    case 'unary': return each([evaluateNode(node.operand, surroundings)], (value) => -value);
    case 'binary': return each([evaluateNode(node.left, surroundings), evaluateNode(node.right, surroundings)], OPERATORS[node.operator]);
    case 'call': {
      if (!Object.hasOwn(FUNCTIONS, node.name)) throw invalid(`Unsupported function in the stand-in: ${node.name}`);
      return FUNCTIONS[node.name](node.operands.map((operand) => evaluateNode(operand, surroundings)), surroundings);
    }
  }
}

/** The part of CloudWatch's metric math that has no memory: arithmetic, comparison, AND, OR, IF, FILL with a value, MIN, MAX, SUM, AVG, ABS. */
export function evaluate(text: string, surroundings: Surroundings): Value {
  const expression = parsed.get(text) ?? new Parser(text).parse();
  parsed.set(text, expression);
  return evaluateNode(expression, surroundings);
}
