import { problemText } from '../../../src/private/problems';
import { rungFindings, type RungFacts } from '../../../src/training/core/rung-checks';

const TRN1: RungFacts = {
  prop: 'rungs[0]', instanceType: 'ml.trn1.32xlarge', kind: 'neuron', trains: true, instanceCount: 2, efa: true, localNvme: true, volumeKey: false, hyperParameters: {}, environment: {}, profiler: false,
};
const P4D: RungFacts = { ...TRN1, prop: 'rungs[1]', instanceType: 'ml.p4d.24xlarge', kind: 'gpu' };
const found = (rung: RungFacts) => {
  const { problems, warnings } = rungFindings(rung);
  return { problems: problems.map(problemText), warnings: warnings.map(({ id, problem }) => `${id}: ${problemText(problem)}`) };
};
const many = (count: number, name: (i: number) => string) => Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), '1']));

test.each([TRN1, P4D])('nothing is wrong with two of $instanceType', (rung) => expect(found(rung)).toEqual({ problems: [], warnings: [] }));

test.each<[string, RungFacts, string]>([
  ['Inferentia', { ...TRN1, instanceType: 'ml.inf2.xlarge', trains: false, instanceCount: 1 }, '`rungs[0].instanceType`: got ml.inf2.xlarge; allowed: a type that SageMaker has for training jobs; fix: train on ml.trn1 or a GPU: Inferentia serves only, and what it serves is compiled for it after the training'],
  ['another type that does not train', { ...TRN1, instanceType: 'ml.trn2.3xlarge', trains: false, instanceCount: 1 }, '`rungs[0].instanceType`: got ml.trn2.3xlarge; allowed: a type that SageMaker has for training jobs; fix: use another type, e.g. ml.trn1.32xlarge or ml.p4d.24xlarge'],
  ['several small Trainium', { ...TRN1, instanceType: 'ml.trn1.2xlarge', efa: false }, '`rungs[0].instanceCount`: got 2 of ml.trn1.2xlarge, which has no EFA; allowed: 1; fix: use ml.trn1.32xlarge: several instances of Trainium need EFA'],
  ['no volume where there are no disks', { ...P4D, instanceType: 'ml.p3.2xlarge', localNvme: false }, '`rungs[1].volumeSize`: got nothing; allowed: a size: ml.p3.2xlarge has no disks of its own; fix: give e.g. Size.gibibytes(100)'],
  ['a key for disks of its own', { ...P4D, volumeKey: true }, '`rungs[1].volumeEncryptionKey`: got a key on ml.p4d.24xlarge; allowed: nothing: local disks are encrypted by the hardware, and SageMaker refuses a key; fix: leave it out for this rung'],
  ['an image for GPUs on Trainium', { ...TRN1, image: { name: 'pytorch:2.13', kind: 'gpu' } }, '`rungs[0].image`: got pytorch:2.13 on ml.trn1.32xlarge; allowed: an image with the Neuron SDK; fix: give this rung an image of its own'],
  ['an image for Trainium on GPUs', { ...P4D, image: { name: 'neuronx:2.9', kind: 'neuron', stack: 'xla', neuronSdk: [2, 28] } }, '`rungs[1].image`: got neuronx:2.9 on ml.p4d.24xlarge; allowed: an image for GPUs; fix: give this rung an image of its own'],
  ['TorchNeuron on Trainium1', { ...TRN1, image: { name: 'torchneuron:2.33', kind: 'neuron', stack: 'torchNeuron', neuronSdk: [2, 33] } }, '`rungs[0].image`: got torchneuron:2.33 (TorchNeuron) on ml.trn1.32xlarge; allowed: PyTorch/XLA: TorchNeuron knows Trainium2 and newer alone; fix: use an image of Neuron SDK 2.28 on Trainium1'],
  ['XLA beyond its end on Trainium2', { ...TRN1, instanceType: 'ml.trn2.48xlarge', image: { name: 'neuronx:x', kind: 'neuron', stack: 'xla', neuronSdk: [2, 31] } }, '`rungs[0].image`: got neuronx:x (PyTorch/XLA) on ml.trn2.48xlarge; allowed: PyTorch/XLA up to Neuron SDK 2.30, or TorchNeuron; fix: use an image of Neuron SDK 2.28, or a TorchNeuron image'],
  ['the profiler on Trainium', { ...TRN1, profiler: true }, '`rungs[0].profilerInterval`: got the profiler on ml.trn1.32xlarge; allowed: GPUs: SageMaker Debugger and its profiler do not know Trainium; fix: leave it out for this rung'],
  ['101 hyperparameters', { ...TRN1, hyperParameters: many(101, (i) => `p${i}`) }, '`rungs[0].hyperParameters`: got 101, those of the launcher included; allowed: at most 100; fix: put the rest into a file of the script'],
  ['a long name of a hyperparameter', { ...TRN1, hyperParameters: { ['n'.repeat(257)]: '1' } }, '`rungs[0].hyperParameters`: got 257 characters; allowed: at most 256; fix: shorten the name nnnnnnnnnnnnnnnnnnnn...'],
  ['a long hyperparameter', { ...TRN1, hyperParameters: { p: 'x'.repeat(2501) } }, '`rungs[0].hyperParameters.p`: got 2501 characters; allowed: at most 2500; fix: put it into a file of the script, or into a channel'],
  ['101 variables', { ...TRN1, environment: many(101, (i) => `V${i}`) }, '`rungs[0].environment`: got 101, those of the hardware included; allowed: at most 100; fix: put the rest into a file of the script'],
  ['a variable that is no name', { ...TRN1, environment: { '1A': 'x' } }, '`rungs[0].environment`: got "1A"; allowed: names of letters, digits and _ that begin with no digit, at most 512 characters; fix: rename it'],
  ['a long variable', { ...TRN1, environment: { NEURON_CC_FLAGS: 'x'.repeat(513) } }, '`rungs[0].environment.NEURON_CC_FLAGS`: got 513 characters; allowed: at most 512; fix: set it in the script: SageMaker takes no longer ones'],
])('%s is refused', (_, rung, message) => expect(found(rung)).toEqual({ problems: [message], warnings: [] }));

test.each<[string, RungFacts, string]>([
  ['several GPUs without EFA', { ...P4D, instanceType: 'ml.g5.2xlarge', efa: false }, 'trainingWithoutEfa: `rungs[1].instanceCount`: got 2 of ml.g5.2xlarge, which has no EFA; allowed: several of a type with EFA; fix: use a type with EFA, or acknowledge that gradients go over TCP'],
  ['a volume that is not made', { ...P4D, volumeGiB: 500 }, 'volumeOfLocalStorage: `rungs[1].volumeSize`: got 500 GiB on ml.p4d.24xlarge; allowed: nothing: its local disks are used, whatever their size; fix: leave volumeSize out'],
])('%s is warned of', (_, rung, message) => expect(found(rung)).toEqual({ problems: [], warnings: [message] }));

test.each<[string, RungFacts]>([
  ['the most of everything', { ...TRN1, hyperParameters: { ...many(99, (i) => `p${i}`), ['n'.repeat(256)]: 'x'.repeat(2500) }, environment: { ...many(99, (i) => `V${i}`), _v: 'x'.repeat(512) } }],
  ['one small Trainium', { ...TRN1, instanceType: 'ml.trn1.2xlarge', efa: false, instanceCount: 1 }],
  ['a number of instances that only the deploy knows', { ...TRN1, instanceType: 'ml.trn1.2xlarge', efa: false, instanceCount: undefined }],
  ['the last XLA on Trainium2', { ...TRN1, instanceType: 'ml.trn2.48xlarge', image: { name: 'x', kind: 'neuron', stack: 'xla', neuronSdk: [2, 30] } }],
  ['a later XLA on Trainium1, which stays on it', { ...TRN1, image: { name: 'x', kind: 'neuron', stack: 'xla', neuronSdk: [2, 33] } }],
  ['TorchNeuron on Trainium2', { ...TRN1, instanceType: 'ml.trn2.48xlarge', image: { name: 'x', kind: 'neuron', stack: 'torchNeuron', neuronSdk: [2, 33] } }],
  ['the profiler on GPUs', { ...P4D, profiler: true }],
  ['an image of which nothing is known', { ...TRN1, image: { name: 'mine' } }],
])('%s is allowed', (_, rung) => expect(found(rung)).toEqual({ problems: [], warnings: [] }));
