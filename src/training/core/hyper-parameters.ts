/** What a script may be given: JSON. */
export type HyperParameter = string | number | boolean | null | readonly HyperParameter[] | { readonly [name: string]: HyperParameter };

/** CreateTrainingJob, HyperParameters: botocore 1.43.67 `sagemaker/2017-07-24` (2026-08-07). */
export const MOST_HYPER_PARAMETERS = 100;
export const MOST_NAME = 256;
export const MOST_VALUE = 2500;

/** Read by the toolkits themselves, and kept from the script (sagemaker-training-toolkit 5.1.0, `params.py`). */
export const TOOLKIT_PREFIX = 'sagemaker_';

/**
 * The strings that the API takes, each of them JSON: the toolkits parse every value as JSON and take as text only what is none. Without the quotes of JSON
 * a text like `1.10` or `true` would reach the script as another value, and Python's `False` as the text that is true
 * (sagemaker-training-toolkit 3383937, 2025-09-19, `mapping.decode`).
 */
export function encodeHyperParameters(values: Readonly<Record<string, HyperParameter>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, inOneLine(JSON.stringify(value))]));
}

/** JSON leaves these as they are, and the API takes one line (pattern `.*`). */
function inOneLine(json: string): string {
  return json.replace(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What keeps a value from reaching the script as it was meant; JSON drops functions and undefined, and makes null of NaN. */
export function hyperParameterProblem(name: string, value: unknown): { readonly got: string; readonly allowed: string; readonly fix: string } | undefined {
  // States take a name that ends so for a path into their data.
  if (name === '' || name === '__proto__' || name.endsWith('.$') || /[\r\n]/.test(name)) return { got: `the name ${JSON.stringify(name)}`, allowed: 'a name in one line that is not empty and does not end in .$', fix: 'rename it' };
  if (name.startsWith(TOOLKIT_PREFIX)) return { got: `the name ${JSON.stringify(name)}`, allowed: `names that do not begin with ${TOOLKIT_PREFIX}: those are the launcher's, and kept from the script`, fix: 'rename it' };
  const bad = unspeakable(value, []);
  return bad === undefined ? undefined : { got: bad, allowed: 'what JSON can say: texts, finite numbers, booleans, null, lists, objects', fix: 'give it as a text' };
}

function unspeakable(value: unknown, above: readonly unknown[]): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value);
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`;
  if (above.includes(value)) return 'an object that holds itself';
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return `an object of class ${value.constructor?.name ?? 'unknown'}`;
  return Object.values(value).map((one) => unspeakable(one, [...above, value])).find((one) => one !== undefined);
}
