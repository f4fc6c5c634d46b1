import { Duration, Token } from 'aws-cdk-lib';
import { bucketOf, config, newStack, P4D, rungOf, script, trained, TRN1, TRN2 } from './support';
import { TrainingCode, TrainingImage, TrainingLauncher, type TrainingJobProps, type TrainingPrecompile, type TrainingRung } from '../../src';

const compiling = (precompile: TrainingPrecompile = {}, rung: Partial<TrainingRung> = {}, props: Partial<TrainingJobProps> = {}) =>
  rungOf(trained({ rungs: [{ ...TRN1, ...rung, precompile }], ...props }).stack).precompile!;
const key = (...args: Parameters<typeof compiling>) => compiling(...args).marker;

test('by default: as many instances as train, three hours, the hyperparameters of the training', () => {
  const { marker, ...rest } = compiling({}, { instanceCount: 4 });
  expect(marker).toMatch(/^neuron-cache-filled\/[0-9a-f]{32}$/);
  expect(rest).toEqual({ bucket: 'models', instanceCount: 4, maxRuntimeSeconds: 10_800, hyperParameters: {} });
});

test('with everything', () => {
  const { marker, ...rest } = compiling({ hyperParameters: { steps: 10, note: 'x' }, instanceCount: 1, maxRuntime: Duration.hours(1) }, { instanceCount: 4 });
  expect(marker).toMatch(/^neuron-cache-filled\//);
  expect(rest).toEqual({ bucket: 'models', instanceCount: 1, maxRuntimeSeconds: 3600, hyperParameters: { steps: '10', note: '"x"' } });
});

test('beside the graphs, wherever those are', () => {
  const { stack } = trained((scope) => ({ rungs: [{ ...TRN1, precompile: {} }], compileCache: { bucket: bucketOf(scope, 'cache'), prefix: 'graphs/' } }));
  expect(rungOf(stack).precompile).toMatchObject({ bucket: 'cache', marker: expect.stringMatching(/^graphs-filled\/[0-9a-f]{32}$/) });
});

test('only of the rungs that have one', () => {
  const { rungs } = config(trained({ rungs: [{ ...TRN1, precompile: {} }, { ...TRN1, name: 'plain' }, P4D] }).stack);
  expect(rungs.map(({ precompile }) => precompile !== undefined)).toEqual([true, false, false]);
});

describe('the key', () => {
  test('is the same for the same', () => {
    expect(key({}, {}, { hyperParameters: { a: 1, b: 2 }, environment: { A: 'x', B: 'y' } })).toBe(key({}, {}, { hyperParameters: { b: 2, a: 1 }, environment: { B: 'y', A: 'x' } }));
    // What no graph depends on.
    expect(key({ maxRuntime: Duration.hours(1) }, { name: 'other', usdPerHour: 1 }, { maxRuntime: Duration.hours(2), trainingName: 'other', checkpoints: {} })).toBe(key());
  });

  test.each<[string, Parameters<typeof compiling>]>([
    ['image', [{}, { image: TrainingImage.PYTORCH_2_9_SDK_2_30_NEURONX }]],
    ['hyperparameters', [{}, {}, { hyperParameters: { a: 1 } }]],
    ['hyperparameters of the rung', [{}, { hyperParameters: { a: 1 } }]],
    ['hyperparameters of the compilation', [{ hyperParameters: { a: 1, b: 1 } }]],
    ['variables', [{}, {}, { environment: { A: 'x' } }]],
    ['number of instances', [{}, { instanceCount: 2 }]],
    ['number of instances that compile', [{ instanceCount: 1 }, { instanceCount: 2 }]],
    ['number of processes', [{}, { processesPerInstance: 8 }]],
    ['hardware', [{}, TRN2]],
    ['script', [{}, {}, { code: TrainingCode.inImage({ entrypoint: ['a'] }) }]],
    ['launcher', [{}, {}, { code: script({ launcher: TrainingLauncher.PYTHON }) }]],
  ])('is another with another %s', (_, args) => {
    expect(key(...args)).not.toBe(key());
  });

  test('a hyperparameter of the compilation is over that of the training', () => {
    expect(key({ hyperParameters: { steps: 10 } }, {}, { hyperParameters: { steps: 1000 } })).toBe(key({ hyperParameters: { steps: 10 } }, {}, { hyperParameters: { steps: 2000 } }));
    expect(key({}, {}, { hyperParameters: { steps: 1000 } })).not.toBe(key({}, {}, { hyperParameters: { steps: 2000 } }));
  });

  test('does not depend on what else is in the stack: tokens are what they resolve to', () => {
    const marker = (before: number, name = 'Value') => {
      const stack = newStack();
      // Each token has a number of its own, in the order in which they are made.
      for (let i = 0; i < before; i++) Token.asString({ Ref: `Other${i}` });
      const value = Token.asString({ Ref: name });
      const { training } = trained({
        rungs: [{ ...TRN1, precompile: { hyperParameters: { steps: value } }, environment: { A: `x-${value}` } }],
        hyperParameters: { data: value, deep: { list: [value] } },
        environment: { B: value },
        code: TrainingCode.inImage({ entrypoint: ['python3', 'a.py'] }),
      }, stack);
      return training._parts.config.rungs[0].precompile!.marker;
    };
    expect(marker(7)).toBe(marker(0));
    expect(marker(0)).toMatch(/^neuron-cache-filled\/[0-9a-f]{32}$/);
    expect(marker(0, 'Another')).not.toBe(marker(0));
  });
});
