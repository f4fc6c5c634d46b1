import { encodeHyperParameters, MOST_NAME, MOST_VALUE, TOOLKIT_PREFIX, type HyperParameter } from './hyper-parameters';
import type { RunInput, TrainingConfig } from './types';

const MEMBERS = ['runId', 'hyperParameters', 'environment', 'inputs'];
const VARIABLE = /^[a-zA-Z_][a-zA-Z0-9_]{0,511}$/;
const MOST_VARIABLE = 512;

/** What an execution was started with, or what is wrong with it, all of it. */
export type ParsedInput = { readonly input: RunInput } | { readonly problems: readonly string[] };

/**
 * Reads the input of an execution. A wrong one makes no job: what is misspelt would be a training with other parameters than somebody meant. `__` are members that
 * belong to others, such as the name that a console gives.
 */
export function parseRunInput(config: Pick<TrainingConfig, 'inputs'>, given: unknown): ParsedInput {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return { problems: [`the input is ${JSON.stringify(given)}: an object is allowed, such as {} or { "hyperParameters": { "epochs": 3 } }`] };
  const { runId, hyperParameters = {}, environment = {}, inputs = {}, ...rest } = given as Record<string, unknown>;
  const problems = Object.keys(rest).filter((name) => !name.startsWith('AWS_STEP_FUNCTIONS_')).map((name) => `input.${name} is unknown: ${MEMBERS.join(', ')} are allowed`);
  if (runId !== undefined && (typeof runId !== 'string' || runId === '' || runId.length > 256)) problems.push(`input.runId is ${JSON.stringify(runId)}: a text of 1 to 256 characters is allowed`);
  const isMap = (name: string, value: unknown): value is Record<string, unknown> => {
    const ok = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!ok) problems.push(`input.${name} is ${JSON.stringify(value)}: an object is allowed`);
    return ok;
  };
  if (isMap('hyperParameters', hyperParameters)) {
    for (const name of Object.keys(hyperParameters)) {
      if (name === '' || name.length > MOST_NAME) problems.push(`input.hyperParameters has a name of ${name.length} characters: 1 to ${MOST_NAME} are allowed`);
      if (name.startsWith(TOOLKIT_PREFIX)) problems.push(`input.hyperParameters.${name} belongs to the launcher: names that begin with ${TOOLKIT_PREFIX} are not allowed`);
      const { length } = JSON.stringify(hyperParameters[name]) ?? '';
      if (length > MOST_VALUE) problems.push(`input.hyperParameters.${name} has ${length} characters: at most ${MOST_VALUE} are allowed`);
    }
  }
  if (isMap('environment', environment)) {
    for (const [name, value] of Object.entries(environment)) {
      if (!VARIABLE.test(name)) problems.push(`input.environment has ${JSON.stringify(name)}: names of letters, digits and _ are allowed that begin with no digit`);
      if (typeof value !== 'string' || value.length > MOST_VARIABLE) problems.push(`input.environment.${name} is no text of at most ${MOST_VARIABLE} characters`);
    }
  }
  if (isMap('inputs', inputs)) {
    for (const [channel, uri] of Object.entries(inputs)) {
      const allowed = Object.hasOwn(config.inputs, channel) ? config.inputs[channel] : undefined;
      if (allowed === undefined) problems.push(`input.inputs.${channel} is no channel of this training with an address in S3: ${Object.keys(config.inputs).join(', ') || 'none'} may be given`);
      // The role of the job reads there and nowhere else.
      else if (typeof uri !== 'string' || !uri.startsWith(folder(allowed))) problems.push(`input.inputs.${channel} is ${JSON.stringify(uri)}: an address below ${folder(allowed)} is allowed`);
    }
  }
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

function folder(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}
