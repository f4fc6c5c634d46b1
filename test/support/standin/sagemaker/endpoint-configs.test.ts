import { DescribeEndpointConfigCommand, type CreateEndpointConfigCommandInput, type ProductionVariant } from '@aws-sdk/client-sagemaker';
import { LOCAL_STORAGE, localStorageRule } from './local-storage';
import { AcceleratorInstance } from '../../../../src/hardware';
import { ACCOUNT_ARN, Fixture, GPU, INF2, refusal, ROLE } from '../fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.start();
  await fixture.models('gpu-model', 'inf2-model');
});
afterEach(async () => fixture.stop());

const bare = { VariantName: 'v', ModelName: 'gpu-model' };

describe('a configuration', () => {
  test('is shown as it was given, with weight 0 as 0 and a missing weight as 1', async () => {
    const { InitialVariantWeight: _weight, ...without } = GPU;
    await fixture.config('Two', [without, INF2]);
    const described = await fixture.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'two' }));
    expect(described.EndpointConfigName).toBe('Two');
    expect(described.EndpointConfigArn).toBe(`${ACCOUNT_ARN}:endpoint-config/two`);
    expect(described.ProductionVariants!.map((variant) => variant.InitialVariantWeight)).toEqual([1, 0]);
  });

  test('has a name of its own, in any case', async () => {
    await fixture.config('one');
    expect(await refusal(fixture.config('One'))).toBe(
      `ValidationException: Cannot create already existing endpoint configuration "${ACCOUNT_ARN}:endpoint-config/one".`);
  });

  const cases: [string, ProductionVariant[], Partial<CreateEndpointConfigCommandInput>, string][] = [
    ['two variants of one name', [GPU, { ...INF2, VariantName: 'gpu' }], {}, 'Duplicate production variant name "gpu": the variant names of an endpoint configuration must be unique.'],
    ['a shadow of the same name', [GPU], { ShadowProductionVariants: [{ ...INF2, VariantName: 'gpu' }] }, 'Duplicate production variant name "gpu": the variant names of an endpoint configuration must be unique.'],
    ['two production variants and a shadow', [GPU, INF2], { ShadowProductionVariants: [{ ...INF2, VariantName: 's' }] },
      'An endpoint configuration with a shadow variant must have exactly 1 production variant and 1 shadow variant, got 2 and 1.'],
    ['two shadows', [GPU], { ShadowProductionVariants: [INF2, { ...INF2, VariantName: 's' }] },
      'An endpoint configuration with a shadow variant must have exactly 1 production variant and 1 shadow variant, got 1 and 2.'],
    ['a shadow on an asynchronous endpoint', [GPU], { ShadowProductionVariants: [INF2], AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://b/o' } } },
      'Shadow variants are not supported for serverless and asynchronous inference.'],
    ['an asynchronous serverless variant', [{ ...bare, ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } }], { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://b/o' } } },
      'AsyncInferenceConfig is not supported for serverless variants.'],
    ['no hardware', [{ ...bare, InitialInstanceCount: 1 }], {}, 'Production variant "v" must specify exactly one of InstanceType, InstancePools and ServerlessConfig.'],
    ['an instance type and pools', [{ ...bare, InstanceType: 'ml.g5.xlarge', InitialInstanceCount: 1, InstancePools: [{ InstanceType: 'ml.g6.xlarge', Priority: 1 }] }], {},
      'Production variant "v" must specify exactly one of InstanceType, InstancePools and ServerlessConfig.'],
    ['no count', [{ ...bare, InstanceType: 'ml.g5.xlarge' }], {}, 'InitialInstanceCount is required for production variant "v".'],
    ['a count for serverless', [{ ...bare, ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 }, InitialInstanceCount: 1 }], {}, 'InitialInstanceCount cannot be specified for the serverless variant "v".'],
    ['a volume for serverless', [{ ...bare, ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 }, VolumeSizeInGB: 10 }], {}, 'VolumeSizeInGB cannot be specified for the serverless variant "v".'],
    ['a pool type twice', [{ ...bare, InitialInstanceCount: 1, InstancePools: [{ InstanceType: 'ml.g6.xlarge', Priority: 1 }, { InstanceType: 'ml.g6.xlarge', Priority: 2 }] }], {},
      'InstanceType must be unique in the InstancePools of production variant "v".'],
    ['a pool priority twice', [{ ...bare, InitialInstanceCount: 1, InstancePools: [{ InstanceType: 'ml.g6.xlarge', Priority: 1 }, { InstanceType: 'ml.g5.xlarge', Priority: 1 }] }], {},
      'Priority must be unique in the InstancePools of production variant "v".'],
    ['a volume on g5', [{ ...GPU, VolumeSizeInGB: 64 }], {}, 'VolumeSizeInGB cannot be specified for production variant "gpu": instance type ml.g5.xlarge does not support it.'],
    ['a volume on a pool of g7e', [{ ...bare, InitialInstanceCount: 1, VolumeSizeInGB: 64, InstancePools: [{ InstanceType: 'ml.p3.2xlarge', Priority: 1 }, { InstanceType: 'ml.g7e.2xlarge', Priority: 2 }] }], {},
      'VolumeSizeInGB cannot be specified for production variant "v": instance type ml.g7e.2xlarge does not support it.'],
    ['managed instance scaling of a model', [{ ...GPU, ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 2 } }], {}, 'ManagedInstanceScaling is only supported for inference component endpoints.'],
    ['a variant without model and role', [{ VariantName: 'v', InstanceType: 'ml.g5.xlarge', InitialInstanceCount: 1 }], {},
      'ModelName is required for production variant "v" unless ExecutionRoleArn is set for inference components.'],
    ['an unknown model', [{ ...GPU, ModelName: 'No' }], {}, `Could not find model "${ACCOUNT_ARN}:model/no".`],
    ['an unknown model in a pool', [{ ...bare, InitialInstanceCount: 1, InstancePools: [{ InstanceType: 'ml.g6.xlarge', Priority: 1, ModelNameOverride: 'No' }] }], {}, `Could not find model "${ACCOUNT_ARN}:model/no".`],
  ];

  test.each(cases)('is refused with %s', async (_what, variants, rest, message) => {
    expect(await refusal(fixture.config('c', variants, rest))).toBe(`ValidationException: ${message}`);
    expect(fixture.standIn.state({ account: '123456789012', region: 'us-east-1', accessKey: '' }).endpointConfigs.size).toBe(0);
  });

  test('takes what is allowed: inf2 with a volume and a key, one shadow, inference components that scale', async () => {
    await fixture.config('volume', [{ ...INF2, VolumeSizeInGB: 256 }], { KmsKeyId: 'alias/k' });
    await fixture.config('shadow', [GPU], { ShadowProductionVariants: [INF2] });
    await fixture.config('components', [{
      VariantName: 'v', InstanceType: 'ml.g5.xlarge', InitialInstanceCount: 1, ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 2 },
    }], { ExecutionRoleArn: ROLE });
    await fixture.config('pools', [{ ...bare, InitialInstanceCount: 1, InstancePools: [{ InstanceType: 'ml.g6.xlarge', Priority: 1 }] }]);
    expect(fixture.standIn.control.hazards).toEqual(expect.not.arrayContaining([expect.objectContaining({ kind: 'ami-for-other-accelerator' })]));
  });

  test('takes a volume key that encrypts nothing, without a hazard: the disks of the instances are encrypted anyway', async () => {
    await fixture.config('key', [GPU, INF2], { KmsKeyId: 'alias/k' });
    expect((await fixture.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'key' }))).KmsKeyId).toBe('alias/k');
    expect(fixture.standIn.control.hazards).toEqual([]);
  });

  test('for which AWS has no word although it serves nothing is a hazard', async () => {
    await fixture.config('ami', [{ ...GPU, InferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-2' }]);
    await fixture.config('zero', [{ ...GPU, InitialVariantWeight: 0 }, INF2]);
    expect(fixture.standIn.control.hazards).toEqual([
      { kind: 'ami-for-other-accelerator', text: 'variant gpu: al2-ami-sagemaker-inference-neuron-2 on ml.g5.xlarge' },
      { kind: 'all-weights-zero', text: 'endpoint configuration zero: no variant gets traffic' },
    ]);
  });
});

describe('volumes', () => {
  test.each([
    ['ml.inf1.xlarge', undefined], ['ml.inf2.xlarge', undefined], ['ml.inf2.48xlarge', undefined], ['ml.c5.xlarge', undefined], ['ml.p3.2xlarge', undefined],
    ['ml.g5.xlarge', 'stated'], ['ml.g6.xlarge', 'stated'], ['ml.g6e.xlarge', 'stated'], ['ml.g4dn.xlarge', 'stated'], ['ml.p3dn.24xlarge', 'stated'],
    ['ml.p4d.24xlarge', 'stated'], ['ml.p4de.24xlarge', 'stated'], ['ml.p5.48xlarge', 'stated'], ['ml.p5en.48xlarge', 'stated'], ['ml.trn1.2xlarge', 'stated'],
    ['ml.trn1n.32xlarge', 'stated'], ['ml.c5d.xlarge', 'stated'],
    ['ml.gr6.4xlarge', 'inferred'], ['ml.g7.2xlarge', 'inferred'], ['ml.g7e.2xlarge', 'inferred'], ['ml.p6-b200.48xlarge', 'inferred'],
    ['ml.p6e-gb200.36xlarge', 'inferred'], ['ml.trn2.48xlarge', 'inferred'],
  ])('%s brings its own disk: %s', (type, confidence) => {
    expect(localStorageRule(type)?.confidence).toBe(confidence);
  });

  test('are refused for the types that the library refuses them for', () => {
    const known = AcceleratorInstance.all();
    const differ = known.filter((instance) => instance.allowsHostingVolume !== (localStorageRule(instance.name) === undefined));
    expect(differ.map((instance) => instance.name)).toEqual([]);
    for (const rule of LOCAL_STORAGE) expect(known.some((instance) => localStorageRule(instance.name) === rule)).toBe(true);
  });
});
