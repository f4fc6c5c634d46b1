import * as fc from 'fast-check';
import { DIMENSIONS, PARALLEL_KINDS, shapesOf, type ModelKind } from '../../../src/compilation/core/shapes';
import { problemText } from '../../../src/private/problems';

const KINDS = Object.keys(DIMENSIONS) as ModelKind[];
const never = () => false;
const complete = (kind: ModelKind) => Object.fromEntries(DIMENSIONS[kind].map(({ prop }, i) => [prop, i + 1]));
const refused = (kind: ModelKind, given: Record<string, unknown>, isToken: (value: unknown) => boolean = never) => shapesOf(kind, given, isToken).problems.map(problemText);

test.each<[ModelKind, Record<string, number>, Record<string, number>]>([
  ['text-encoder', { batchSize: 4, sequenceLength: 128 }, { batch_size: 4, sequence_length: 128 }],
  ['vision', { batchSize: 1, width: 224, height: 225 }, { batch_size: 1, num_channels: 3, width: 224, height: 225 }],
  ['vision', { batchSize: 1, width: 224, height: 225, numChannels: 1 }, { batch_size: 1, num_channels: 1, width: 224, height: 225 }],
  ['audio', { batchSize: 1, audioSequenceLength: 16000 }, { batch_size: 1, audio_sequence_length: 16000 }],
  ['clip', { textBatchSize: 2, imageBatchSize: 1, sequenceLength: 77, width: 224, height: 225 },
    { text_batch_size: 2, image_batch_size: 1, sequence_length: 77, num_channels: 3, width: 224, height: 225 }],
  ['seq2seq', { batchSize: 1, sequenceLength: 128 }, { batch_size: 1, sequence_length: 128, num_beams: 1 }],
  ['seq2seq', { batchSize: 1, sequenceLength: 128, numBeams: 4 }, { batch_size: 1, sequence_length: 128, num_beams: 4 }],
  ['diffusion', { batchSize: 1, width: 1024, height: 512 }, { batch_size: 1, height: 512, width: 1024, num_images_per_prompt: 1 }],
  ['diffusion', { batchSize: 1, width: 1024, height: 512, numImagesPerPrompt: 2 }, { batch_size: 1, height: 512, width: 1024, num_images_per_prompt: 2 }],
  ['decoder', { batchSize: 8, sequenceLength: 4096 }, { batch_size: 8, sequence_length: 4096 }],
])('%s of %j', (kind, given, shapes) => {
  expect(shapesOf(kind, given, never)).toEqual({ shapes, problems: [] });
});

describe('each mandatory dimension of each kind is demanded', () => {
  test.each(KINDS.flatMap((kind) => DIMENSIONS[kind].filter((one) => one.default === undefined).map(({ prop }) => [kind, prop] as const)))('%s: %s', (kind, prop) => {
    const { [prop]: left, ...given } = complete(kind);
    expect(left).toBeGreaterThan(0);
    const message = `\`shapes.${prop}\`: got nothing; allowed: a whole number of at least 1; fix: give ${prop}: a model of kind ${kind} is compiled for one fixed ${prop}`;
    expect(refused(kind, given)).toEqual([message]);
    expect(refused(kind, { ...given, [prop]: null })).toEqual([message]);
    expect(refused(kind, { ...given, [prop]: undefined })).toEqual([message]);
  });
});

test.each<[unknown, string]>([
  [0, '0'], [-1, '-1'], [1.5, '1.5'], [NaN, 'NaN'], [Infinity, 'Infinity'], [2 ** 53, '9007199254740992'], ['4', '"4"'], [true, 'true'], [[4], '[4]'], [{}, '{}'], [() => 4, '() => 4'],
])('%p is no dimension', (value, got) => {
  expect(refused('text-encoder', { batchSize: value, sequenceLength: 128 })).toEqual([
    `\`shapes.batchSize\`: got ${got}; allowed: a whole number of at least 1; fix: give batchSize as a whole number of at least 1`,
  ]);
});

test('an optional one is checked too, and null is as good as left out', () => {
  const given = { batchSize: 1, sequenceLength: 128 };
  expect(refused('seq2seq', { ...given, numBeams: 0 })).toEqual([
    '`shapes.numBeams`: got 0; allowed: a whole number of at least 1; fix: give numBeams as a whole number of at least 1',
  ]);
  expect(shapesOf('seq2seq', { ...given, numBeams: null }, never).shapes.num_beams).toBe(1);
});

test('a token is refused, as it belongs to the key', () => {
  expect(refused('text-encoder', { batchSize: -1.8e+289, sequenceLength: 128 }, (value) => value === -1.8e+289)).toEqual([
    '`shapes.batchSize`: got a token (a value known only at deploy time); allowed: a whole number of at least 1; fix: give a plain number: the key of the artefact is made of it at synth',
  ]);
});

test('all problems are there at once, and what no kind has is ignored', () => {
  expect(shapesOf('vision', { batchSize: 0, width: 1, depth: 3 }, never)).toEqual({
    shapes: { num_channels: 3, width: 1 },
    problems: [expect.objectContaining({ prop: 'shapes.batchSize', got: '0' }), expect.objectContaining({ prop: 'shapes.height', got: 'nothing' })],
  });
});

test('whole numbers from 1 pass as they are, in every dimension of every kind', () => {
  fc.assert(fc.property(fc.constantFrom(...KINDS), fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 6, maxLength: 6 }), (kind, values) => {
    const given = Object.fromEntries(DIMENSIONS[kind].map(({ prop }, i) => [prop, values[i]]));
    expect(shapesOf(kind, given, never)).toEqual({ shapes: Object.fromEntries(DIMENSIONS[kind].map(({ option }, i) => [option, values[i]])), problems: [] });
  }), { numRuns: 100 });
});

test('the kinds that are cut over cores', () => {
  expect(PARALLEL_KINDS).toEqual(['decoder', 'seq2seq', 'diffusion']);
  expect(KINDS).toEqual(['text-encoder', 'vision', 'audio', 'clip', 'seq2seq', 'diffusion', 'decoder']);
});
