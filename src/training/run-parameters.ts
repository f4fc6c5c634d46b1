import { Token } from 'aws-cdk-lib';
import { hyperParameterProblem } from './core/hyper-parameters';
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

export function parameterProblems(parameters: TrainingRunParameters | undefined): Problem[] {
  return [
    ...Object.entries(parameters?.hyperParameters ?? {}).flatMap(([name, value]) => {
      const problem = hyperParameterProblem(name, value);
      return problem === undefined ? [] : [{ prop: `parameters.hyperParameters.${name}`, ...problem }];
    }),
    ...Object.entries(parameters?.inputs ?? {}).flatMap(([channel, uri]) => Token.isUnresolved(uri) || uri.startsWith('s3://') ? [] : [{ prop: `parameters.inputs.${channel}`, got: JSON.stringify(uri), allowed: 'an address in S3', fix: 'give s3://<bucket>/<prefix>/' }]),
  ];
}

/** The input of an execution without its run id. */
export function runInput({ hyperParameters, environment, inputs }: TrainingRunParameters = {}): Record<string, unknown> {
  return { ...hyperParameters === undefined ? {} : { hyperParameters }, ...environment === undefined ? {} : { environment }, ...inputs === undefined ? {} : { inputs } };
}
