import * as sdk from '@aws-sdk/client-sagemaker';
import { judgeProcessing, namesInScope } from '../../scripts/hardware-catalogue';
import { AcceleratorInstance, InferenceAmi, InstanceUse, ProcessingInstance } from '../../src/hardware';

/** The catalogue against the AWS SDK that is installed: names drift with every SDK release. */
const ENUMERATIONS: [InstanceUse, readonly string[]][] = [
  [InstanceUse.HOSTING, Object.values(sdk.ProductionVariantInstanceType)],
  [InstanceUse.TRAINING, Object.values(sdk.TrainingInstanceType)],
  [InstanceUse.PROCESSING, Object.values(sdk.ProcessingInstanceType)],
  [InstanceUse.TRANSFORM, Object.values(sdk.TransformInstanceType)],
  [InstanceUse.HYPERPOD, Object.values(sdk.ClusterInstanceType)],
];

test('the enumerations are the full ones', () => {
  for (const [use, names] of ENUMERATIONS) expect([use, names.length > 100]).toEqual([use, true]);
});

test('every use is checked', () => {
  expect(ENUMERATIONS.map(([use]) => use)).toEqual(Object.values(InstanceUse));
});

describe.each(ENUMERATIONS)('%s', (use, names) => {
  test('the API accepts every type that claims the use', () => {
    const claimed = AcceleratorInstance.all().filter((instance) => instance.supports(use)).map(({ name }) => name);
    expect(claimed.length).toBeGreaterThan(20);
    expect(claimed.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('every accelerated type that the API accepts claims the use', () => {
    const expected = namesInScope({ [use]: names });
    expect(expected.filter((name) => !AcceleratorInstance.isKnown(name) || !AcceleratorInstance.of(name).supports(use))).toEqual([]);
  });
});

test('types without accelerators are those of the enumeration for processing', () => {
  const rows = ProcessingInstance.all().map(({ name, vCpus, memoryGiB }) => ({ name, vcpu: vCpus, memoryGiB }));
  expect(judgeProcessing(rows, Object.values(sdk.ProcessingInstanceType))).toEqual([]);
});

test('host images are the values of the enumeration', () => {
  expect(InferenceAmi.all().map(({ value }) => value).sort()).toEqual(Object.values(sdk.ProductionVariantInferenceAmiVersion).sort());
});
