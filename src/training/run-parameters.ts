import { Token } from 'aws-cdk-lib';
import { hyperParameterProblem } from './core/hyper-parameters';
import { parseRunInput } from './core/run-input';
import type { TrainingConfig } from './core/types';
import type { Problem } from '../private/problems';

/** What a run is given over what the training says. */
export interface TrainingRunParameters {
  /**
   * Hyperparameters, over those of the training and of its rungs.
   *
   * @default - none
   */
  readonly hyperParameters?: { [name: string]: any };

  /**
   * Variables, over those of the training and of its rungs.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Other addresses for channels in S3: each below the address that the training has for it, which is where its role may read.
   *
   * @default - those of the training
   */
  readonly inputs?: { [channel: string]: string };
}

const MEMBERS = ['hyperParameters', 'environment', 'inputs'];

/** What is wrong with parameters, by themselves and for a training, when it is known: a run would end by it. */
export function parameterProblems(parameters: TrainingRunParameters | undefined, training?: Pick<TrainingConfig, 'inputs'>): Problem[] {
  if (parameters === undefined) return [];
  const unknown = Object.keys(parameters).filter((name) => !MEMBERS.includes(name)).map((name) => ({ prop: `parameters.${name}`, got: 'a value', allowed: MEMBERS.join(', '), fix: 'correct the name' }));
  const wrong = Object.entries(parameters.inputs ?? {}).filter(([, uri]) => typeof uri !== 'string').map(([channel, uri]) => ({ prop: `parameters.inputs.${channel}`, got: String(uri), allowed: 'an address in S3', fix: 'give s3://<bucket>/<prefix>/' }));
  // What JSON cannot say cannot be read as an input either.
  const unspeakable = Object.entries(parameters.hyperParameters ?? {}).flatMap(([name, value]) => {
    const problem = hyperParameterProblem(name, value);
    return problem === undefined ? [] : [{ prop: `parameters.hyperParameters.${name}`, ...problem }];
  });
  if (unknown.length + wrong.length + unspeakable.length > 0) return [...unknown, ...wrong, ...unspeakable];
  const parsed = training === undefined || Token.isUnresolved(parameters) || Object.values(parameters.inputs ?? {}).some((uri) => Token.isUnresolved(uri)) ? { input: {} } : parseRunInput(training, runInput(parameters));
  if ('problems' in parsed) return parsed.problems.map((text) => ({ prop: 'parameters', got: text, allowed: 'what the training takes', fix: 'correct it' }));
  return Object.entries(parameters.inputs ?? {}).flatMap(([channel, uri]) => Token.isUnresolved(uri) || uri.startsWith('s3://') ? [] : [{ prop: `parameters.inputs.${channel}`, got: JSON.stringify(uri), allowed: 'an address in S3', fix: 'give s3://<bucket>/<prefix>/' }]);
}

/** The input of an execution without its run id. */
export function runInput({ hyperParameters, environment, inputs }: TrainingRunParameters = {}): Record<string, unknown> {
  return { ...hyperParameters === undefined ? {} : { hyperParameters }, ...environment === undefined ? {} : { environment }, ...inputs === undefined ? {} : { inputs } };
}
