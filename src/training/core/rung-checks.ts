import { MOST_HYPER_PARAMETERS, MOST_NAME, MOST_VALUE } from './hyper-parameters';
import type { Problem } from '../../private/problems';

/** What is known at synth of a job on one kind of hardware; what is a token is left out. */
export interface RungFacts {
  /** Where the props of the rung are: `rungs[0]`. */
  readonly prop: string;
  readonly instanceType: string;
  readonly kind: 'neuron' | 'gpu';
  /** SageMaker has it for training jobs. */
  readonly trains: boolean;
  readonly instanceCount?: number;
  readonly efa: boolean;
  readonly localNvme: boolean;
  readonly volumeGiB?: number;
  readonly volumeKey: boolean;
  readonly image?: ImageFacts;
  readonly hyperParameters: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly profiler: boolean;
}

export interface ImageFacts {
  readonly name: string;
  readonly kind?: 'neuron' | 'gpu';
  /** How PyTorch reaches NeuronCores: XLA until Neuron SDK 2.30, TorchNeuron from 2.33 on (Trainium2 and 3 alone). */
  readonly stack?: 'xla' | 'torchNeuron';
  /** `[2, 28]`. */
  readonly neuronSdk?: readonly [number, number];
}

/** A problem that fails the synth, or a warning with an id. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: { readonly id: string; readonly problem: Problem }[];
}

/** CreateTrainingJob, Environment: botocore 1.43.67 (2026-08-07). */
const MOST_VARIABLES = 100;
const MOST_VARIABLE = 512;
const VARIABLE = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Last Neuron SDK with PyTorch/XLA for training (Neuron SDK 2.30.0, 2026-05-21). */
const LAST_XLA: readonly [number, number] = [2, 30];

/** What SageMaker refuses, or takes and fails over, of one rung. Sources: facts of SageMaker training of 2026-11-23, see `docs/verify-on-aws.md`. */
export function rungFindings(rung: RungFacts): Findings {
  const { prop, instanceType, instanceCount = 1 } = rung;
  const problems: Problem[] = [];
  const warnings: Findings['warnings'] = [];
  const type = `${prop}.instanceType`;
  if (!rung.trains) {
    problems.push({
      prop: type, got: instanceType, allowed: 'a type that SageMaker has for training jobs', fix: /^ml\.inf/.test(instanceType) ? 'train on ml.trn1 or a GPU: Inferentia serves only, and what it serves is compiled for it after the training' : 'use another type, e.g. ml.trn1.32xlarge or ml.p4d.24xlarge',
    });
  }
  if (instanceCount > 1 && !rung.efa) {
    const problem = { prop: `${prop}.instanceCount`, got: `${instanceCount} of ${instanceType}, which has no EFA`, allowed: rung.kind === 'neuron' ? '1' : 'several of a type with EFA', fix: rung.kind === 'neuron' ? 'use ml.trn1.32xlarge: several instances of Trainium need EFA' : 'use a type with EFA, or acknowledge that gradients go over TCP' };
    if (rung.kind === 'neuron') problems.push(problem);
    else warnings.push({ id: 'trainingWithoutEfa', problem });
  }
  problems.push(...volumeProblems(rung), ...imageProblems(rung), ...textProblems(rung));
  if (rung.localNvme && rung.volumeGiB !== undefined) {
    warnings.push({ id: 'volumeOfLocalStorage', problem: { prop: `${prop}.volumeSize`, got: `${rung.volumeGiB} GiB on ${instanceType}`, allowed: 'nothing: its local disks are used, whatever their size', fix: 'leave volumeSize out' } });
  }
  if (rung.profiler && rung.kind === 'neuron') problems.push({ prop: `${prop}.profilerInterval`, got: `the profiler on ${instanceType}`, allowed: 'GPUs: SageMaker Debugger and its profiler do not know Trainium', fix: 'leave it out for this rung' });
  return { problems, warnings };
}

function volumeProblems({ prop, instanceType, localNvme, volumeGiB, volumeKey }: RungFacts): Problem[] {
  return [
    ...!localNvme && volumeGiB === undefined ? [{ prop: `${prop}.volumeSize`, got: 'nothing', allowed: `a size: ${instanceType} has no disks of its own`, fix: 'give e.g. Size.gibibytes(100)' }] : [],
    ...localNvme && volumeKey ? [{ prop: `${prop}.volumeEncryptionKey`, got: `a key on ${instanceType}`, allowed: 'nothing: local disks are encrypted by the hardware, and SageMaker refuses a key', fix: 'leave it out for this rung' }] : [],
  ];
}

function imageProblems({ prop, instanceType, kind, image }: RungFacts): Problem[] {
  if (image === undefined) return [];
  const at = `${prop}.image`;
  const trn1 = /^ml\.trn1/.test(instanceType);
  const newer = image.neuronSdk !== undefined && (image.neuronSdk[0] > LAST_XLA[0] || (image.neuronSdk[0] === LAST_XLA[0] && image.neuronSdk[1] > LAST_XLA[1]));
  return [
    ...image.kind !== undefined && image.kind !== kind
      ? [{ prop: at, got: `${image.name} on ${instanceType}`, allowed: kind === 'neuron' ? 'an image with the Neuron SDK' : 'an image for GPUs', fix: 'give this rung an image of its own' }] : [],
    ...image.kind === 'neuron' && image.stack === 'torchNeuron' && trn1
      ? [{ prop: at, got: `${image.name} (TorchNeuron) on ${instanceType}`, allowed: 'PyTorch/XLA: TorchNeuron knows Trainium2 and newer alone', fix: 'use an image of Neuron SDK 2.28 on Trainium1' }] : [],
    ...image.kind === 'neuron' && image.stack === 'xla' && newer && !trn1
      ? [{ prop: at, got: `${image.name} (PyTorch/XLA) on ${instanceType}`, allowed: 'PyTorch/XLA up to Neuron SDK 2.30, or TorchNeuron', fix: 'use an image of Neuron SDK 2.28, or a TorchNeuron image' }] : [],
  ];
}

function textProblems({ prop, hyperParameters, environment }: RungFacts): Problem[] {
  const parameters = Object.entries(hyperParameters);
  const variables = Object.entries(environment);
  const tooLong = (what: string, text: string, most: number, fix: string) => text.length > most ? [{ prop: what, got: `${text.length} characters`, allowed: `at most ${most}`, fix }] : [];
  return [
    ...parameters.length > MOST_HYPER_PARAMETERS ? [{ prop: `${prop}.hyperParameters`, got: `${parameters.length}, those of the launcher included`, allowed: `at most ${MOST_HYPER_PARAMETERS}`, fix: 'put the rest into a file of the script' }] : [],
    ...parameters.flatMap(([name, value]) => [
      ...tooLong(`${prop}.hyperParameters`, name, MOST_NAME, `shorten the name ${name.slice(0, 20)}...`),
      ...tooLong(`${prop}.hyperParameters.${name}`, value, MOST_VALUE, 'put it into a file of the script, or into a channel'),
    ]),
    ...variables.length > MOST_VARIABLES ? [{ prop: `${prop}.environment`, got: `${variables.length}, those of the hardware included`, allowed: `at most ${MOST_VARIABLES}`, fix: 'put the rest into a file of the script' }] : [],
    ...variables.flatMap(([name, value]) => [
      ...VARIABLE.test(name) && name.length <= MOST_VARIABLE ? [] : [{ prop: `${prop}.environment`, got: JSON.stringify(name), allowed: `names of letters, digits and _ that begin with no digit, at most ${MOST_VARIABLE} characters`, fix: 'rename it' }],
      ...tooLong(`${prop}.environment.${name}`, value, MOST_VARIABLE, 'set it in the script: SageMaker takes no longer ones'),
    ]),
  ];
}
