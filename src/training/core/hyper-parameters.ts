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
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
}
