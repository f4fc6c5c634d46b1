import { App, Aws, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AcceleratorKind, NeuronSdk } from '../../src/hardware';
import { parseImageTag } from '../../src/model/core/image-tag';
import { IMAGES as SERVING_IMAGES, NOT_SERVING, REGISTRY_ACCOUNTS } from '../../src/model/data-files';
import { executionRole } from '../../src/model/execution-role';
import { rungFindings, type ImageFacts } from '../../src/training/core/rung-checks';
import imagesFile from '../../src/training/data/images.json';
import { TrainingImage, TrainiumStack, type EcrTrainingImageOptions } from '../../src/training/training-image';
import { joined, stackIn, statementsOf } from '../model/support';

interface Row {
  readonly repository: string;
  readonly tag: string;
  readonly kind: string;
  readonly stack?: string;
  readonly neuronSdk?: string;
  readonly cuda?: string;
  readonly status: string;
  readonly supportEnds?: string;
  readonly source: string;
}

const ROWS = imagesFile.images as Row[];
const DIGEST = `sha256:${'0'.repeat(64)}`;
const OWN = 'push the image to a repository of your own and use TrainingImage.fromEcrRepository, which takes the facts from you';
const REPOSITORIES = [...new Set(ROWS.map((row) => row.repository))];
const STATICS = Object.entries(TrainingImage).filter((entry): entry is [string, TrainingImage] => entry[1] instanceof TrainingImage);

describe('the catalogue', () => {
  test.each(ROWS.map((row) => [`${row.repository}:${row.tag}`, row] as const))('%s: row, tag and image say the same', (_, row) => {
    expect(parseImageTag(row.tag)).toMatchObject({
      kind: row.kind,
      ...(row.cuda === undefined ? {} : { cuda: row.cuda }),
      ...(row.neuronSdk === undefined ? {} : { neuronSdk: row.neuronSdk }),
    });
    expect(row.kind === 'gpu' ? row.cuda : row.neuronSdk).toBeDefined();
    expect(row.stack !== undefined).toBe(row.kind === 'neuron');
    for (const source of row.source.split(',')) expect(Object.keys(imagesFile._meta.sources)).toContain(source);
    const image = TrainingImage.of(row.repository, row.tag);
    expect([image.repository, image.tag, image.digest, image.kind, image.neuronSdk?.version, image.trainiumStack, image.cudaVersion, image.status])
      .toEqual([row.repository, row.tag, undefined, row.kind, row.neuronSdk, row.stack, row.cuda, row.status]);
    expect(image.supportEnds).toBe(row.supportEnds ?? (row.stack === 'xla' ? '2026-05-21' : undefined));
  });

  test('names each image once, and one kind in each repository', () => {
    expect(new Set(ROWS.map((row) => `${row.repository}:${row.tag}`)).size).toBe(ROWS.length);
    for (const repository of REPOSITORIES) expect(new Set(ROWS.filter((row) => row.repository === repository).map((row) => row.kind)).size).toBe(1);
  });

  test('has nothing that serves', () => {
    for (const repository of REPOSITORIES) {
      expect(SERVING_IMAGES.some((row) => row.repository === repository)).toBe(false);
      expect(Object.keys(NOT_SERVING)).not.toContain(repository);
    }
  });

  test('the statics are the rows that one begins with, each once', () => {
    for (const [name, image] of STATICS) {
      expect(name).toMatch(/_(GPU|NEURONX)$/);
      expect(name.endsWith('_GPU')).toBe(image.kind === AcceleratorKind.GPU);
    }
    const asRow = (image: TrainingImage) => ROWS.find((row) => row.repository === image.repository && row.tag === image.tag);
    const rows = STATICS.map(([, image]) => asRow(image));
    expect(rows).not.toContain(undefined);
    expect(new Set(rows).size).toBe(rows.length);
    const current = ROWS.filter((row) => /^(advised|current|last-published)$/.test(row.status));
    expect(rows).toEqual(expect.arrayContaining(current));
  });

  test('says the horizon of each', () => {
    expect(Object.fromEntries(STATICS.map(([name, { status, supportEnds }]) => [name, [status, supportEnds]]))).toEqual({
      PYTORCH_2_9_SDK_2_28_NEURONX: ['advised', '2026-05-21'],
      PYTORCH_2_9_SDK_2_30_NEURONX: ['last-published', '2026-05-21'],
      HF_PYTORCH_2_8_NEURONX: ['current', '2026-05-21'],
      PYTORCH_2_13_GPU: ['current', '2027-07-20'],
      PYTORCH_2_12_GPU: ['current', '2027-07-02'],
      PYTORCH_2_9_GPU: ['end-of-patch', '2026-10-15'],
      HF_PYTORCH_2_9_GPU: ['current', undefined],
      HF_PYTORCH_2_5_GPU: ['usable', undefined],
    });
  });

  test('the end of PyTorch/XLA is the release that NeuronSdk knows', () => {
    expect(imagesFile.stacks.xla).toMatchObject({ lastSdk: NeuronSdk.V2_30_0.version, supportEnds: NeuronSdk.V2_30_0.released });
  });
});

describe('TrainingImage.of', () => {
  test.each([
    ['pytorch-training-neuronx', '2.5.1-neuronx-py310-sdk2.22.0-ubuntu22.04', ['neuron', '2.22.0', TrainiumStack.PYTORCH_XLA, undefined, '2026-05-21']],
    // The last release with PyTorch/XLA, and the first of which nobody says what it would be.
    ['pytorch-training-neuronx', '2.9.1-neuronx-py312-sdk2.30.1-ubuntu24.04', ['neuron', '2.30.1', TrainiumStack.PYTORCH_XLA, undefined, '2026-05-21']],
    ['pytorch-training-neuronx', '2.13.3-neuronx-py314-sdk2.31.0-ubuntu26.04', ['neuron', '2.31.0', undefined, undefined, undefined]],
    ['pytorch', '2.14.0-cu133-amzn2023-sagemaker', ['gpu', undefined, undefined, '13.3', undefined]],
    ['huggingface-pytorch-training', '2.8.0-transformers4.56.2-gpu-py312-cu129-ubuntu22.04', ['gpu', undefined, undefined, '12.9', undefined]],
  ])('reads the facts of %s:%s', (repository, tag, facts) => {
    const image = TrainingImage.of(repository, tag);
    expect([image.kind, image.neuronSdk?.version, image.trainiumStack, image.cudaVersion, image.supportEnds]).toEqual(facts);
    expect(image.status).toBeUndefined();
    expect(`${image}`).toBe(`${repository}:${tag}`);
  });

  test.each([
    ['latest', 'pytorch', 'latest',
      '`tag`: got "latest"; allowed: a tag that names one version; fix: pin the tag or the digest the training was tested with'],
    ['a tag with a space', 'pytorch', 'a b',
      '`tag`: got "a b"; allowed: letters, digits, `.`, `_` and `-`, 1 to 128 characters; fix: give letters, digits, `.`, `_` and `-`, 1 to 128 characters'],
    ['a CPU image', 'pytorch-training', '2.9.0-cpu-py312-ubuntu22.04-sagemaker',
      '`tag`: got "2.9.0-cpu-py312-ubuntu22.04-sagemaker"; allowed: an image for GPUs or Neuron devices; fix: use a tag of the form of 2.9.0-gpu-py312-cu130-ubuntu22.04-sagemaker'],
    ['an image of no known kind', 'pytorch', '2.13.0-amzn2023-sagemaker',
      `\`tag\`: got "2.13.0-amzn2023-sagemaker"; allowed: a tag of the form of 2.13.0-cu133-amzn2023-sagemaker; fix: correct the tag, or ${OWN}`],
    ['a tag nobody can read', 'pytorch', 'v1',
      `\`tag\`: got "v1"; allowed: a tag of the form of 2.13.0-cu133-amzn2023-sagemaker; fix: correct the tag, or ${OWN}`],
    ['a GPU tag in a Neuron repository', 'pytorch-training-neuronx', '2.9.0-gpu-py312-cu130-ubuntu22.04',
      `\`tag\`: got "2.9.0-gpu-py312-cu130-ubuntu22.04"; allowed: a tag of the form of 2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04; fix: correct the tag, or ${OWN}`],
    ['the EC2 flavour', 'pytorch', '2.13.0-cu133-amzn2023-ec2',
      '`tag`: got "2.13.0-cu133-amzn2023-ec2"; allowed: a tag that ends in -sagemaker: the others are for EC2; fix: use a tag of the form of 2.13.0-cu133-amzn2023-sagemaker'],
    ['a Neuron tag without an SDK', 'pytorch-training-neuronx', '2.9.0-neuronx-py312-ubuntu24.04',
      '`tag`: got "2.9.0-neuronx-py312-ubuntu24.04"; allowed: a tag with a Neuron SDK `sdk2.<minor>.<patch>`; fix: use a tag of the form of 2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04'],
    ['an SDK of a major release that is not there', 'pytorch-training-neuronx', '2.9.0-neuronx-py312-sdk3.0.0-ubuntu24.04',
      '`tag`: got "2.9.0-neuronx-py312-sdk3.0.0-ubuntu24.04"; allowed: a tag with a Neuron SDK `sdk2.<minor>.<patch>`; fix: use a tag of the form of 2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04'],
    ['a tag that moves', 'pytorch', '2.13-cu133-amzn2023-sagemaker',
      '`tag`: got "2.13-cu133-amzn2023-sagemaker"; allowed: a version with three parts: a shorter one moves with each release; fix: use a tag of the form of 2.13.0-cu133-amzn2023-sagemaker'],
    ['a serving image', 'vllm', '0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker',
      `\`repository\`: got "vllm"; allowed: an image that trains: ${REPOSITORIES.join(', ')}; fix: use one of them: this one serves models, with ServingImage`],
    ['the serving sibling', 'pytorch-inference', '2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker',
      `\`repository\`: got "pytorch-inference"; allowed: an image that trains: ${REPOSITORIES.join(', ')}; fix: use one of them: this one serves models, with ServingImage`],
    ['JAX', 'jax-training-neuronx', '0.10.0-neuronx-py313-sdk2.32.0-ubuntu24.04',
      `\`repository\`: got "jax-training-neuronx"; allowed: an image that can train on SageMaker; fix: ${OWN}: it is in public.ecr.aws/neuron alone, which training jobs do not pull from, and has no SageMaker toolkit (aws-neuron/deep-learning-containers @ 2be9ed1, 2026-08-17: README.md)`],
    ['the public registry', 'public.ecr.aws/neuron/pytorch-training-neuronx', '2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04',
      '`repository`: got "public.ecr.aws/neuron/pytorch-training-neuronx"; allowed: a private repository of Amazon ECR: training jobs do not pull from public.ecr.aws; fix: mirror it: copy the image to a repository of your own and use TrainingImage.fromEcrRepository'],
    ['an unknown repository', 'tensorflow-training', '2.19.0-gpu-py312-cu125-ubuntu22.04-sagemaker',
      `\`repository\`: got "tensorflow-training"; allowed: ${REPOSITORIES.join(', ')}; fix: ${OWN}`],
    ['a member of every object', 'toString', '1.0.0-gpu',
      `\`repository\`: got "toString"; allowed: ${REPOSITORIES.join(', ')}; fix: ${OWN}`],
    ['a tag of the deployment', 'pytorch', Aws.REGION,
      `\`tag\`: got a value that is only known at deploy time; allowed: a repository and a tag known at synthesis: the checks depend on them; fix: ${OWN}`],
    ['a repository of the deployment', Aws.REGION, '2.13.0-cu133-amzn2023-sagemaker',
      `\`tag\`: got a value that is only known at deploy time; allowed: a repository and a tag known at synthesis: the checks depend on them; fix: ${OWN}`],
  ])('fails for %s', (_, repository, tag, message) => {
    expect(() => TrainingImage.of(repository, tag)).toThrow(new Error(`TrainingImage.of: ${message}`));
  });
});

describe('in the AWS registry', () => {
  const image = TrainingImage.PYTORCH_2_9_SDK_2_28_NEURONX;

  test.each([['us-east-1', '763104351884'], ['ap-southeast-5', '550225433462'], ['cn-north-1', '727897471807']])('%s has account %s', (region, account) => {
    const stack = stackIn(region);
    expect(joined(stack.resolve(image._uri(stack)))).toBe(`${account}.dkr.ecr.${region}.\${AWS::URLSuffix}/pytorch-training-neuronx:2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04`);
  });

  test('a stack without a region shares the mapping of the serving images', () => {
    const stack = stackIn('none');
    expect(joined(stack.resolve(image._uri(stack)))).toBe('${map CdkAcceleratorsImageRegistry ${AWS::Region} account}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/pytorch-training-neuronx:2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04');
    expect(Object.keys(Template.fromStack(stack).toJSON().Mappings)).toEqual(['CdkAcceleratorsImageRegistry']);
  });

  test('may be pulled from one repository', () => {
    const stack = stackIn();
    const statements = image._pullStatements(stack).map((statement) => stack.resolve(statement.toStatementJson()));
    expect(image._ownRepository).toBeUndefined();
    expect(statements.map(({ Resource, ...rest }) => ({ ...rest, Resource: joined(Resource) }))).toEqual([
      {
        Effect: 'Allow',
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Resource: 'arn:${AWS::Partition}:ecr:us-east-1:763104351884:repository/pytorch-training-neuronx',
      },
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    ]);
  });

  test('fails for a region without a known registry, naming what takes images of one\'s own', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'mars-north-1', account: '1'.repeat(12) } });
    const message = `Stack: \`image\`: got an AWS Deep Learning Containers image in mars-north-1; allowed: a region with a known registry (as of 2026-11-22): ${Object.keys(REGISTRY_ACCOUNTS).join(', ')}; fix: copy the image to a repository of your own and pass it with TrainingImage.fromEcrRepository`;
    expect(() => image._uri(stack)).toThrow(new Error(message));
    expect(() => image._pullStatements(stack)).toThrow(new Error(message));
  });

  test('is in the regions of the Neuron images, or of the registry', () => {
    expect(image._regions()).toContain('us-west-2');
    expect(image._regions()).not.toContain('eu-south-1');
    expect(TrainingImage.PYTORCH_2_13_GPU._regions()).toBeUndefined();
  });

  test('by digest', () => {
    const stack = stackIn();
    const pinned = TrainingImage.PYTORCH_2_13_GPU.withDigest(DIGEST);
    expect(joined(stack.resolve(pinned._uri(stack)))).toBe(`763104351884.dkr.ecr.us-east-1.\${AWS::URLSuffix}/pytorch@${DIGEST}`);
    expect([`${pinned}`, pinned.tag, pinned.cudaVersion, pinned.supportEnds]).toEqual([`pytorch@${DIGEST}`, '2.13.0-cu133-amzn2023-sagemaker', '13.3', '2027-07-20']);
    expect(TrainingImage.PYTORCH_2_13_GPU.digest).toBeUndefined();
    expect(() => image.withDigest('sha256:abc')).toThrow(new Error(
      'TrainingImage.withDigest: `digest`: got "sha256:abc"; allowed: `sha256:` and 64 hexadecimal digits; fix: give `sha256:` and 64 hexadecimal digits',
    ));
  });
});

describe('fromEcrRepository', () => {
  const repository = () => new ecr.Repository(stackIn(), 'Repository');
  const gpu = { kind: AcceleratorKind.GPU, tag: '1.0' };
  const neuron = { kind: AcceleratorKind.NEURON, tag: '1.0' };

  test('knows what it is told', () => {
    const repo = ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'mine');
    const image = TrainingImage.fromEcrRepository(repo, { ...neuron, neuronSdk: NeuronSdk.V2_33_0, trainiumStack: TrainiumStack.TORCH_NEURON });
    expect([image.kind, image.repository, image.tag, image.neuronSdk, image.trainiumStack, image.supportEnds, image.status, image._regions()])
      .toEqual([AcceleratorKind.NEURON, 'mine', '1.0', NeuronSdk.V2_33_0, TrainiumStack.TORCH_NEURON, undefined, undefined, undefined]);
    expect(joined(repo.stack.resolve(image._uri(repo.stack)))).toBe('111111111111.dkr.ecr.us-east-1.${AWS::URLSuffix}/mine:1.0');
    expect(image._identity()).toBe('111111111111/us-east-1/mine:1.0');
    expect(TrainingImage.HF_PYTORCH_2_9_GPU._identity()).toBe('huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04');
  });

  test('a PyTorch/XLA image of one\'s own has the horizon of the stack', () => {
    expect(TrainingImage.fromEcrRepository(repository(), { ...neuron, trainiumStack: TrainiumStack.PYTORCH_XLA }).supportEnds).toBe('2026-05-21');
  });

  test('the digest wins over the tag', () => {
    const repo = ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'mine');
    for (const options of [{ ...gpu, digest: DIGEST }, { kind: AcceleratorKind.GPU, digest: DIGEST }]) {
      const image = TrainingImage.fromEcrRepository(repo, options);
      expect(joined(repo.stack.resolve(image._uri(repo.stack)))).toBe(`111111111111.dkr.ecr.us-east-1.\${AWS::URLSuffix}/mine@${DIGEST}`);
    }
  });

  test('a role may pull from it alone', () => {
    const repo = repository();
    const image = TrainingImage.fromEcrRepository(repo, gpu);
    expect([image._ownRepository, image._pullStatements(repo.stack)]).toEqual([repo, []]);
    const logs = new iam.PolicyStatement({ actions: ['logs:PutLogEvents'], resources: ['*'] });
    executionRole(repo.stack, undefined, 'Trains', { source: {}, image, logs });
    const pulls = statementsOf(repo.stack).filter((statement) => [statement.Action].flat().some((action: string) => action.startsWith('ecr:')));
    expect(pulls.map((statement) => statement.Resource)).toEqual([{ 'Fn::GetAtt': [expect.stringMatching('^Repository'), 'Arn'] }, '*']);
  });

  test('a tag that is known at deploy time is taken as it is', () => {
    expect(TrainingImage.fromEcrRepository(repository(), { ...gpu, tag: Lazy.string({ produce: () => 'later' }) }).tag).toBeDefined();
  });

  test.each<[string, unknown, unknown, string]>([
    ['no repository', undefined, gpu, '`repository`: got undefined; allowed: a repository of Amazon ECR; fix: pass a Repository, or Repository.fromRepositoryName'],
    ['no options', {}, undefined, 'options'],
    ['no version', {}, { kind: AcceleratorKind.GPU },
      '`tag`: got neither a tag nor a digest; allowed: one of them; fix: give the tag or the digest the training was tested with'],
    ['latest', {}, { ...gpu, tag: 'latest' },
      '`tag`: got "latest"; allowed: a tag that names one version; fix: pin the tag or the digest the training was tested with'],
    ['a bad digest', {}, { ...gpu, digest: 'abc' },
      '`digest`: got "abc"; allowed: `sha256:` and 64 hexadecimal digits; fix: give `sha256:` and 64 hexadecimal digits'],
    ['another kind', {}, { ...gpu, kind: 'cpu' },
      '`kind`: got "cpu"; allowed: AcceleratorKind.GPU or AcceleratorKind.NEURON; fix: use one of them'],
    ['an SDK as text', {}, { ...neuron, neuronSdk: '2.28.0' },
      '`neuronSdk`: got "2.28.0"; allowed: a Neuron SDK; fix: use a static of NeuronSdk such as NeuronSdk.V2_26_1, or NeuronSdk.of'],
    ['a stack that is none', {}, { ...neuron, trainiumStack: 'jax' },
      '`trainiumStack`: got "jax"; allowed: TrainiumStack.PYTORCH_XLA or TrainiumStack.TORCH_NEURON; fix: use one of them'],
    ['a Neuron SDK on GPUs', {}, { ...gpu, neuronSdk: NeuronSdk.V2_28_0 },
      '`neuronSdk`: got 2.28.0; allowed: nothing for an image of kind GPU; fix: remove neuronSdk, or set kind to AcceleratorKind.NEURON'],
    ['a stack on GPUs', {}, { ...gpu, trainiumStack: TrainiumStack.PYTORCH_XLA },
      '`trainiumStack`: got xla; allowed: nothing for an image of kind GPU; fix: remove trainiumStack, or set kind to AcceleratorKind.NEURON'],
  ])('fails for %s', (_, repo, options, message) => {
    const given = repo === undefined ? repo : repository();
    const text = message === 'options'
      ? "`options`: got undefined; allowed: the facts of the image: its `kind`, and a tag or a digest; fix: give e.g. { kind: AcceleratorKind.GPU, tag: '1.0' }" : message;
    expect(() => TrainingImage.fromEcrRepository(given as ecr.IRepository, options as EcrTrainingImageOptions)).toThrow(new Error(`TrainingImage.fromEcrRepository: ${text}`));
  });

  test('fails for the public registry under the name of a repository', () => {
    const open = ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'public.ecr.aws/neuron/pytorch-training-neuronx');
    expect(() => TrainingImage.fromEcrRepository(open, neuron)).toThrow('allowed: a private repository of Amazon ECR: training jobs do not pull from public.ecr.aws; fix: mirror it');
  });

  test('reports several problems together', () => {
    expect(() => TrainingImage.fromEcrRepository(repository(), { kind: AcceleratorKind.GPU, digest: '', neuronSdk: NeuronSdk.V2_28_0 })).toThrow('TrainingImage.fromEcrRepository: 2 problems\n');
  });
});

describe('against hardware', () => {
  const problemsOf = (image: ImageFacts, instanceType: string, kind: 'neuron' | 'gpu') => rungFindings({
    prop: 'rungs[0]', instanceType, kind, trains: true, efa: true, localNvme: true, volumeKey: false, hyperParameters: {}, environment: {}, profiler: false, image,
  }).problems.map(({ prop, got }) => `${prop}: ${got}`);

  test('says what the checks ask for, and nothing that is not known', () => {
    expect(TrainingImage.PYTORCH_2_9_SDK_2_28_NEURONX._facts()).toEqual({ name: 'pytorch-training-neuronx:2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04', kind: 'neuron', stack: 'xla', neuronSdk: [2, 28] });
    expect(TrainingImage.PYTORCH_2_13_GPU._facts()).toEqual({ name: 'pytorch:2.13.0-cu133-amzn2023-sagemaker', kind: 'gpu' });
    const mine = TrainingImage.fromEcrRepository(new ecr.Repository(stackIn(), 'Repository'), { kind: AcceleratorKind.NEURON, digest: DIGEST });
    expect(mine._facts()).toEqual({ name: 'the image', kind: 'neuron' });
  });

  test('fits the checks of a rung', () => {
    const neuron = TrainingImage.PYTORCH_2_9_SDK_2_28_NEURONX;
    const repo = ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'mine');
    const torchNeuron = TrainingImage.fromEcrRepository(repo, { kind: AcceleratorKind.NEURON, tag: '1', trainiumStack: TrainiumStack.TORCH_NEURON, neuronSdk: NeuronSdk.V2_33_0 });
    const newXla = TrainingImage.fromEcrRepository(repo, { kind: AcceleratorKind.NEURON, tag: '1', trainiumStack: TrainiumStack.PYTORCH_XLA, neuronSdk: NeuronSdk.V2_31_0 });
    expect(problemsOf(neuron._facts(), 'ml.trn1.32xlarge', 'neuron')).toEqual([]);
    expect(problemsOf(neuron._facts(), 'ml.p5.48xlarge', 'gpu')).toEqual([`rungs[0].image: ${neuron} on ml.p5.48xlarge`]);
    expect(problemsOf(TrainingImage.HF_PYTORCH_2_9_GPU._facts(), 'ml.p5.48xlarge', 'gpu')).toEqual([]);
    expect(problemsOf(torchNeuron._facts(), 'ml.trn1.32xlarge', 'neuron')).toEqual(['rungs[0].image: mine:1 (TorchNeuron) on ml.trn1.32xlarge']);
    expect(problemsOf(torchNeuron._facts(), 'ml.trn2.48xlarge', 'neuron')).toEqual([]);
    expect(problemsOf(newXla._facts(), 'ml.trn2.48xlarge', 'neuron')).toEqual(['rungs[0].image: mine:1 (PyTorch/XLA) on ml.trn2.48xlarge']);
  });
});
