import { encodeHyperParameters, MOST_NAME, MOST_VALUE, TOOLKIT_PREFIX, type HyperParameter } from './hyper-parameters';
import type { RunInput, TrainingConfig } from './types';

/** As many as a person reads, and a result of a task has room for. */
const MOST_PROBLEMS = 10;
const MOST_SHOWN = 100;
const MEMBERS = ['runId', 'hyperParameters', 'environment', 'inputs'];
const VARIABLE = /^[a-zA-Z_][a-zA-Z0-9_]{0,511}$/;
const MOST_VARIABLE = 512;

/** What an execution was started with, or what is wrong with it, all of it. */
export type ParsedInput = { readonly input: RunInput } | { readonly problems: readonly string[] };

/**
 * Reads the input of an execution. A wrong one makes no job: what is misspelt would be a training with other parameters than somebody meant. Members that
 * Step Functions adds for itself (`AWS_STEP_FUNCTIONS_...`) are passed over.
 */
export function parseRunInput(config: Pick<TrainingConfig, 'inputs'>, given: unknown): ParsedInput {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return { problems: [`the input is ${shown(given)}: an object is allowed, such as {} or { "hyperParameters": { "epochs": 3 } }`] };
  const { runId, hyperParameters = {}, environment = {}, inputs = {}, ...rest } = given as Record<string, unknown>;
  const problems = Object.keys(rest).filter((name) => !name.startsWith('AWS_STEP_FUNCTIONS_')).map((name) => `input.${plain(name)} is unknown: ${MEMBERS.join(', ')} are allowed`);
  if (runId !== undefined && (typeof runId !== 'string' || runId === '' || runId.length > 256)) problems.push(`input.runId is ${shown(runId)}: a text of 1 to 256 characters is allowed`);
  const isMap = (name: string, value: unknown): value is Record<string, unknown> => {
    const ok = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!ok) problems.push(`input.${name} is ${shown(value)}: an object is allowed`);
    return ok;
  };
  if (isMap('hyperParameters', hyperParameters)) {
    for (const name of Object.keys(hyperParameters)) {
      if (name === '' || name.length > MOST_NAME || /[\r\n]/.test(name)) problems.push(`input.hyperParameters has ${shown(name)}: names of 1 to ${MOST_NAME} characters in one line are allowed`);
      if (name.startsWith(TOOLKIT_PREFIX)) problems.push(`input.hyperParameters.${plain(name)} belongs to the launcher: names that begin with ${TOOLKIT_PREFIX} are not allowed`);
      const { length } = encodeHyperParameters({ value: (hyperParameters[name] ?? null) as HyperParameter }).value;
      if (length > MOST_VALUE) problems.push(`input.hyperParameters.${plain(name)} has ${length} characters: at most ${MOST_VALUE} are allowed`);
    }
  }
  if (isMap('environment', environment)) {
    for (const [name, value] of Object.entries(environment)) {
      if (!VARIABLE.test(name)) problems.push(`input.environment has ${shown(name)}: names of letters, digits and _ are allowed that begin with no digit`);
      if (typeof value !== 'string' || value.length > MOST_VARIABLE) problems.push(`input.environment.${plain(name)} is no text of at most ${MOST_VARIABLE} characters`);
    }
  }
  if (isMap('inputs', inputs)) {
    for (const [channel, uri] of Object.entries(inputs)) {
      const allowed = Object.hasOwn(config.inputs, channel) ? config.inputs[channel] : undefined;
      if (allowed === undefined) problems.push(`input.inputs.${plain(channel)} is no channel of this training with an address in S3: ${Object.keys(config.inputs).join(', ') || 'none'} may be given`);
      // The role of the job reads there and nowhere else.
      else if (typeof uri !== 'string' || !uri.startsWith(folder(allowed))) problems.push(`input.inputs.${plain(channel)} is ${shown(uri)}: an address below ${folder(allowed)} is allowed`);
    }
  }
  if (problems.length > MOST_PROBLEMS) return { problems: [...problems.slice(0, MOST_PROBLEMS), `and ${problems.length - MOST_PROBLEMS} more`] };
  if (problems.length > 0) return { problems };
  return {
    input: {
      ...runId === undefined ? {} : { runId: runId as string },
      hyperParameters: encodeHyperParameters(hyperParameters as Record<string, HyperParameter>),
      environment: environment as Record<string, string>,
      inputs: inputs as Record<string, string>,
    },
  };
}

/** A name in one line. */
function plain(name: string): string {
  return shown(name).replace(/^"|"(?=\.\.\.$)|"$/g, '');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}...`;
}

function folder(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}
