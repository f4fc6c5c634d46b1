import { Lazy, Stack, App, Aws } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as regionInfo from 'aws-cdk-lib/region-info';
import { bindIn, inlinePoliciesOf, joined, modelOf, stackIn, statementsOf } from './support';
import { AcceleratorKind, NeuronSdk } from '../../src/hardware';
import { EnvironmentGrammar, ModelSource, ServedModel, ServingImage, type EcrServingImageOptions } from '../../src/model';
import { grammarOfRepository } from '../../src/model/core/catalogue';
import { GRAMMARS } from '../../src/model/core/grammars';
import { parseImageTag } from '../../src/model/core/image-tag';
import { IMAGES, NOT_SERVING, REGISTRY_ACCOUNTS, regionsHolding } from '../../src/model/data-files';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const OWN = 'push the image to a repository of your own and use ServingImage.fromEcrRepository, which takes the facts from you';

describe('the catalogue', () => {
  test.each(IMAGES.map((row) => [`${row.repository}:${row.tag}`, row] as const))('%s: row and tag say the same', (_, row) => {
    const parsed = parseImageTag(row.tag);
    // The one tag of the AL2023 line has a grammar of its own; its facts come from the row alone.
    if (row.tag === 'server-sagemaker-cuda-v2.3') {
      expect(parsed).toBeUndefined();
      return;
    }
    expect(parsed).toMatchObject({
      kind: row.kind,
      ...(row.cuda === undefined ? {} : { cuda: row.cuda }),
      ...(row.neuronSdk === undefined ? {} : { neuronSdk: row.neuronSdk }),
    });
    expect(grammarOfRepository(row.repository, parsed!)).toBe(row.grammar);
    expect(Object.keys(GRAMMARS)).toContain(row.grammar);
    expect(row.source).not.toBe('');
  });

  test('names each image once', () => {
    expect(new Set(IMAGES.map((row) => `${row.repository}:${row.tag}`)).size).toBe(IMAGES.length);
  });

  test('the statics are pinned rows of the catalogue that are still in use', () => {
    const statics = Object.entries(ServingImage).filter((entry): entry is [string, ServingImage] => entry[1] instanceof ServingImage);
    expect(statics.length).toBeGreaterThanOrEqual(13);
    for (const [name, image] of statics) {
      expect(name).toMatch(/_(GPU|NEURONX)$/);
      expect(name.endsWith('_GPU')).toBe(image.kind === AcceleratorKind.GPU);
      expect(IMAGES.some((row) => row.repository === image.repository && row.tag === image.tag)).toBe(true);
      expect(image.status).toMatch(/^(current|usable|end-of-patch 2026-06-30)$/);
    }
  });

  test('knows which stack each image was built with', () => {
    const encoder = ServingImage.HF_INFERENCE_2_8_NEURONX;
    expect([encoder.kind, encoder.neuronSdk, encoder.cudaVersion, encoder.supportedFamilies]).toEqual([AcceleratorKind.NEURON, NeuronSdk.V2_26_0, undefined, ['inf2', 'trn1']]);
    const vllm = ServingImage.VLLM_0_27_1_GPU;
    expect([vllm.kind, vllm.neuronSdk, vllm.cudaVersion, vllm.cudaMajor, vllm.supportedFamilies]).toEqual([AcceleratorKind.GPU, undefined, '13.0', 13, undefined]);
    expect(vllm.grammar).toBe(EnvironmentGrammar.VLLM);
    expect(`${vllm}`).toBe('vllm:0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker');
  });
});

describe('ServingImage.of', () => {
  test('reads the facts of a tag that is not listed', () => {
    const image = ServingImage.of('pytorch-inference-neuronx', '2.7.0-neuronx-py310-sdk2.24.0-ubuntu22.04');
    expect([image.kind, image.neuronSdk, image.grammar.key, image.status]).toEqual([AcceleratorKind.NEURON, NeuronSdk.V2_24_0, 'pytorch', undefined]);
  });

  test('takes the families of the listed tags where they agree', () => {
    expect(ServingImage.of('huggingface-pytorch-inference-neuronx', '2.9.0-transformers4.60.0-neuronx-py310-sdk2.27.0-ubuntu22.04').supportedFamilies).toEqual(['inf2', 'trn1']);
    expect(ServingImage.of('djl-inference', '0.31.0-neuronx-sdk2.20.2').supportedFamilies).toEqual(['inf2', 'trn1']);
    expect(ServingImage.of('djl-inference', '0.31.0-lmi13.0.0-cu124').supportedFamilies).toBeUndefined();
    // Its older tags are not for Trainium2.
    expect(ServingImage.of('pytorch-inference-neuronx', '2.7.0-neuronx-py310-sdk2.24.0-ubuntu22.04').supportedFamilies).toBeUndefined();
  });

  test('the first vLLM image for Neuron still reads SM_VLLM_*', () => {
    expect(ServingImage.of('huggingface-vllm-inference-neuronx', '0.10.2-neuronx-py310-sdk2.26.0-ubuntu22.04').grammar).toBe(EnvironmentGrammar.VLLM);
    expect(ServingImage.of('huggingface-vllm-inference-neuronx', '0.10.3-neuronx-py310-sdk2.26.0-ubuntu22.04').grammar).toBe(EnvironmentGrammar.VLLM);
    expect(ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX.grammar).toBe(EnvironmentGrammar.OPTIMUM_NEURON);
  });

  test.each([
    ['a repository that is no server', 'pytorch-inference-vllm-neuronx', '0.24.0.1.1.0-neuronx-py313-sdk2.32.0-ubuntu24.04',
      `\`repository\`: got "pytorch-inference-vllm-neuronx"; allowed: an image that can serve on SageMaker; fix: ${OWN}, after adding a SageMaker entrypoint: its entrypoint runs its arguments and has no SageMaker serve mode (aws-neuron/deep-learning-containers @ 2be9ed1, 2026-08-17: README.md)`],
    ['a member of every object', 'toString', '1.0.0-gpu',
      `\`repository\`: got "toString"; allowed: ${[...new Set(IMAGES.map((row) => row.repository))].join(', ')}; fix: ${OWN}`],
    ['latest', 'vllm', 'latest',
      '`tag`: got "latest"; allowed: a tag that names one version; fix: pin the tag or the digest the model was tested with'],
    ['a CPU image', 'pytorch-inference', '2.6.0-cpu-py312-ubuntu22.04-sagemaker',
      '`tag`: got "2.6.0-cpu-py312-ubuntu22.04-sagemaker"; allowed: an image for GPUs or Neuron devices; fix: use a tag of the form of 2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker'],
    ['the EC2 flavour', 'vllm', '0.27.1-gpu-py312-cu130-ubuntu22.04-ec2',
      '`tag`: got "0.27.1-gpu-py312-cu130-ubuntu22.04-ec2"; allowed: a tag that ends in -sagemaker: the others have no /invocations; fix: use a tag of the form of 0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker'],
    ['a tag nobody can read', 'djl-inference', 'v1',
      `\`tag\`: got "v1"; allowed: a tag of the form of 0.30.0-neuronx-sdk2.20.1; fix: correct the tag, or ${OWN}`],
    ['an SDK of a major release that is not there', 'pytorch-inference-neuronx', '2.9.0-neuronx-py312-sdk3.0.0-ubuntu24.04',
      '`tag`: got "2.9.0-neuronx-py312-sdk3.0.0-ubuntu24.04"; allowed: a tag with a Neuron SDK `2.<minor>.<patch>`; fix: use a tag of the form of 2.9.0-neuronx-py312-sdk2.31.1-ubuntu24.04'],
    ['a tag with a space', 'vllm', 'a b',
      '`tag`: got "a b"; allowed: letters, digits, `.`, `_` and `-`, 1 to 128 characters; fix: give letters, digits, `.`, `_` and `-`, 1 to 128 characters'],
  ])('fails for %s', (_, repository, tag, message) => {
    expect(() => ServingImage.of(repository, tag)).toThrow(new Error(`ServingImage.of: ${message}`));
  });

  test('fails for an unknown repository, naming the known ones', () => {
    expect(() => ServingImage.of('tei', '2.0.1-tei1.9.3-gpu')).toThrow('ServingImage.of: `repository`: got "tei"; allowed: huggingface-pytorch-inference-neuronx, ');
  });

  test('fails for values known at deploy time only', () => {
    expect(() => ServingImage.of('vllm', Aws.REGION)).toThrow('ServingImage.of: `tag`: got a value that is only known at deploy time');
  });

  test('every repository without a server is refused', () => {
    for (const repository of Object.keys(NOT_SERVING)) {
      expect(() => ServingImage.of(repository, '1.0.0-gpu')).toThrow('allowed: an image that can serve on SageMaker');
    }
  });
});

describe('withDigest', () => {
  test('replaces the tag in the address and keeps the facts', () => {
    const pinned = ServingImage.VLLM_0_27_1_GPU.withDigest(DIGEST);
    expect(joined(stackIn().resolve(pinned._uri(stackIn())))).toBe(`763104351884.dkr.ecr.us-east-1.\${AWS::URLSuffix}/vllm@${DIGEST}`);
    expect(pinned.cudaMajor).toBe(13);
    expect(`${pinned}`).toBe(`vllm@${DIGEST}`);
    expect(ServingImage.VLLM_0_27_1_GPU.digest).toBeUndefined();
  });

  test.each(['', 'sha256:abc', '0'.repeat(64), `sha256:${'G'.repeat(64)}`, `sha512:${'0'.repeat(64)}`])('fails for %p', (digest) => {
    expect(() => ServingImage.VLLM_0_27_1_GPU.withDigest(digest)).toThrow(new Error(
      `ServingImage.withDigest: \`digest\`: got ${JSON.stringify(digest)}; allowed: \`sha256:\` and 64 hexadecimal digits; fix: give \`sha256:\` and 64 hexadecimal digits`,
    ));
  });
});

describe('registries', () => {
  test.each([
    ['us-east-1', '763104351884'], ['ap-southeast-5', '550225433462'], ['cn-north-1', '727897471807'], ['us-gov-west-1', '442386744353'],
  ])('%s has account %s', (region, account) => {
    const stack = stackIn(region);
    expect(joined(stack.resolve(ServingImage.HF_INFERENCE_2_6_GPU._uri(stack)))).toMatch(`${account}.dkr.ecr.${region}.\${AWS::URLSuffix}/huggingface-pytorch-inference:`);
  });

  test('a stack without a region looks the account up, in one mapping for all images', () => {
    const stack = stackIn('none');
    const address = joined(stack.resolve(ServingImage.VLLM_0_27_1_GPU._uri(stack)));
    ServingImage.LMI_28_GPU._uri(stack);
    expect(address).toBe('${map CdkAcceleratorsImageRegistry ${AWS::Region} account}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/vllm:0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker');
    const mappings = Template.fromStack(stack).toJSON().Mappings;
    expect(Object.keys(mappings)).toEqual(['CdkAcceleratorsImageRegistry']);
    expect(mappings.CdkAcceleratorsImageRegistry['eu-west-1']).toEqual({ account: '763104351884' });
    expect(Object.keys(mappings.CdkAcceleratorsImageRegistry)).toHaveLength(Object.keys(REGISTRY_ACCOUNTS).length);
  });

  test('the rights to pull are for one repository of the registry', () => {
    const stack = stackIn();
    const statements = ServingImage.VLLM_0_27_1_GPU._pullStatements(stack).map((statement) => stack.resolve(statement.toStatementJson()));
    expect(ServingImage.VLLM_0_27_1_GPU._ownRepository).toBeUndefined();
    expect(statements.map(({ Resource, ...rest }) => ({ ...rest, Resource: joined(Resource) }))).toEqual([
      {
        Effect: 'Allow',
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Resource: 'arn:${AWS::Partition}:ecr:us-east-1:763104351884:repository/vllm',
      },
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    ]);
  });

  test('a stack with a region has no mapping', () => {
    const stack = stackIn();
    ServingImage.VLLM_0_27_1_GPU._uri(stack);
    expect(Template.fromStack(stack).toJSON().Mappings).toBeUndefined();
  });

  test('a region is no member of an object', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'constructor', account: '1'.repeat(12) } });
    expect(() => ServingImage.VLLM_0_27_1_GPU._uri(stack)).toThrow('got an AWS Deep Learning Containers image in constructor; allowed: a region with a known registry');
    expect(regionsHolding('constructor', 'gpu')).toBeUndefined();
  });

  test('fails for a region without a known registry', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'mars-north-1', account: '1'.repeat(12) } });
    expect(() => ServingImage.VLLM_0_27_1_GPU._uri(stack)).toThrow('Stack: `image`: got an AWS Deep Learning Containers image in mars-north-1; allowed: a region with a known registry (as of 2026-11-22): af-south-1, ');
    expect(() => ServingImage.VLLM_0_27_1_GPU._uri(stack)).toThrow('fix: copy the image to a repository of your own and pass it with ServingImage.fromEcrRepository');
  });

  test('agree with region-info of aws-cdk-lib wherever it has the fact, and know more regions', () => {
    const theirs = Object.fromEntries(regionInfo.RegionInfo.regions
      .map((region) => [region.name, regionInfo.Fact.find(region.name, regionInfo.FactName.DLC_REPOSITORY_ACCOUNT)] as const)
      .filter((entry): entry is [string, string] => entry[1] !== undefined));
    expect(Object.keys(theirs).length).toBeGreaterThan(25);
    expect(Object.fromEntries(Object.keys(theirs).map((region) => [region, REGISTRY_ACCOUNTS[region]]))).toEqual(theirs);
    // What region-info does not know at the oldest supported version: newer regions, GovCloud, and two the SageMaker pages added late.
    const onlyOurs = Object.keys(REGISTRY_ACCOUNTS).filter((region) => theirs[region] === undefined);
    const explained = ['af-south-1', 'ap-northeast-3', 'ap-southeast-5', 'ap-southeast-7', 'ca-west-1', 'eu-isoe-west-1', 'il-central-1', 'me-west-1', 'mx-central-1', 'us-gov-east-1', 'us-gov-west-1', 'us-iso-east-1', 'us-isob-east-1'];
    expect(explained).toEqual(expect.arrayContaining(onlyOurs));
  });

  test('every account is twelve digits, and every region with Neuron images has one', () => {
    for (const account of Object.values(REGISTRY_ACCOUNTS)) expect(account).toMatch(/^\d{12}$/);
    for (const repository of ['huggingface-pytorch-inference-neuronx', 'huggingface-vllm-inference-neuronx', 'pytorch-inference-neuronx']) {
      const regions = regionsHolding(repository, 'neuron')!;
      expect(regions).toContain('us-east-1');
      for (const region of regions) expect(REGISTRY_ACCOUNTS[region]).toBeDefined();
    }
    expect(regionsHolding('vllm', 'gpu')).toBeUndefined();
  });
});

describe('fromEcrRepository', () => {
  const repository = () => new ecr.Repository(stackIn(), 'Repository');
  const gpu = { kind: AcceleratorKind.GPU, tag: '1.0' };

  test('fails for what is no repository, no options and no grammar', () => {
    const from = (repo: unknown, options: unknown) => () => ServingImage.fromEcrRepository(repo as ecr.IRepository, options as EcrServingImageOptions);
    expect(from(undefined, gpu)).toThrow(new Error(
      'ServingImage.fromEcrRepository: `repository`: got undefined; allowed: a repository of Amazon ECR; fix: pass a Repository, or Repository.fromRepositoryName',
    ));
    expect(from('mine', gpu)).toThrow('`repository`: got "mine"; allowed: a repository of Amazon ECR');
    expect(from(repository(), undefined)).toThrow(new Error(
      "ServingImage.fromEcrRepository: `options`: got undefined; allowed: the facts of the image: its `kind`, and a tag or a digest; fix: give e.g. { kind: AcceleratorKind.GPU, tag: '1.0' }",
    ));
    expect(from(repository(), { ...gpu, grammar: 'vllm' })).toThrow(new Error(
      'ServingImage.fromEcrRepository: `grammar`: got "vllm"; allowed: a grammar; fix: use a static of EnvironmentGrammar such as EnvironmentGrammar.VLLM',
    ));
  });

  test('the digest wins over the tag', () => {
    const repo = ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'mine');
    const both = ServingImage.fromEcrRepository(repo, { ...gpu, digest: DIGEST });
    expect(joined(repo.stack.resolve(both._uri(repo.stack)))).toBe(`111111111111.dkr.ecr.us-east-1.\${AWS::URLSuffix}/mine@${DIGEST}`);
    expect([`${both}`, both.tag, both.digest]).toEqual([`mine@${DIGEST}`, '1.0', DIGEST]);
  });

  test('its region is known where the one of its stack is', () => {
    const regionOf = (region: string) => ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stackIn(region), 'Repository', 'mine'), gpu)._ownRegion();
    expect([regionOf('eu-west-1'), regionOf('none'), ServingImage.VLLM_0_27_1_GPU._ownRegion()]).toEqual(['eu-west-1', undefined, undefined]);
  });

  test('in another region is a warning', () => {
    const app = new App();
    const repo = ecr.Repository.fromRepositoryName(new Stack(app, 'Elsewhere', { env: { region: 'eu-west-1', account: '1'.repeat(12) } }), 'Repository', 'mine');
    const stack = new Stack(app, 'Stack', { env: { region: 'us-east-1', account: '1'.repeat(12) } });
    bindIn(stack, ServedModel.onGpu(ModelSource.s3Uri('s3://bucket/m.tar.gz'), { image: ServingImage.fromEcrRepository(repo, gpu) }));
    Annotations.fromStack(stack).hasWarning('/Stack/Variant', Match.stringLikeRegexp('the repository of mine:1.0 is in eu-west-1 .* us-east-1: replicate the image there \\[ack: cdk-accelerators:imageInOtherRegion\\]'));
  });

  test('by tag and by digest', () => {
    const repo = ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'mine');
    const byTag = ServingImage.fromEcrRepository(repo, { ...gpu, cudaVersion: '12.4', grammar: EnvironmentGrammar.VLLM, supportedFamilies: ['g5'] });
    expect(joined(repo.stack.resolve(byTag._uri(repo.stack)))).toBe('111111111111.dkr.ecr.us-east-1.${AWS::URLSuffix}/mine:1.0');
    expect([byTag.cudaMajor, byTag.grammar.key, byTag.supportedFamilies, byTag._regions()]).toEqual([12, 'vllm', ['g5'], undefined]);
    const byDigest = ServingImage.fromEcrRepository(repo, { kind: AcceleratorKind.NEURON, digest: DIGEST });
    expect(joined(repo.stack.resolve(byDigest._uri(repo.stack)))).toBe(`111111111111.dkr.ecr.us-east-1.\${AWS::URLSuffix}/mine@${DIGEST}`);
    expect(byDigest.grammar).toBe(EnvironmentGrammar.CUSTOM);
  });

  test('its role may pull from it alone', () => {
    const repo = repository();
    const image = ServingImage.fromEcrRepository(repo, { ...gpu, cudaVersion: '12.4' });
    expect(image._ownRepository).toBe(repo);
    expect(image._pullStatements(repo.stack)).toEqual([]);
    bindIn(repo.stack, ServedModel.onGpu(ModelSource.s3Uri('s3://my-bucket/model.tar.gz'), { image }));
    const pulls = statementsOf(repo.stack)
      .map((statement) => [[statement.Action].flat().sort(), statement.Resource])
      .filter(([actions]) => actions.some((action: string) => action.startsWith('ecr:')));
    expect(pulls).toEqual([
      [['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], { 'Fn::GetAtt': [expect.stringMatching('^Repository'), 'Arn'] }],
      [['ecr:GetAuthorizationToken'], '*'],
    ]);
  });

  test('the grant is a policy beside the role, and the model waits for it', () => {
    const repo = repository();
    bindIn(repo.stack, ServedModel.onGpu(ModelSource.s3Uri('s3://my-bucket/model.tar.gz'), { image: ServingImage.fromEcrRepository(repo, gpu) }));
    const template = Template.fromStack(repo.stack);
    const [[id, policy], ...more] = Object.entries(template.findResources('AWS::IAM::Policy'));
    expect(more).toEqual([]);
    expect(policy.Properties.PolicyDocument.Statement.map((statement: any) => [statement.Action].flat().every((action) => action.startsWith('ecr:')))).toEqual([true, true]);
    expect(JSON.stringify(inlinePoliciesOf(repo.stack))).not.toContain('ecr:');
    expect(modelOf(repo.stack).DependsOn).toEqual([id]);
  });

  test('a tag that is known at deploy time is taken as it is', () => {
    const image = ServingImage.fromEcrRepository(repository(), { kind: AcceleratorKind.GPU, tag: Lazy.string({ produce: () => 'later' }) });
    expect(image.tag).toBeDefined();
  });

  test.each([
    ['no version at all', { kind: AcceleratorKind.GPU },
      '`tag`: got neither a tag nor a digest; allowed: one of them; fix: give the tag or the digest the model was tested with'],
    ['latest', { kind: AcceleratorKind.GPU, tag: 'latest' },
      '`tag`: got "latest"; allowed: a tag that names one version; fix: pin the tag or the digest the model was tested with'],
    ['a bad digest', { kind: AcceleratorKind.GPU, digest: 'abc' },
      '`digest`: got "abc"; allowed: `sha256:` and 64 hexadecimal digits; fix: give `sha256:` and 64 hexadecimal digits'],
    ['CUDA on Neuron', { kind: AcceleratorKind.NEURON, tag: '1', cudaVersion: '12.4' },
      '`cudaVersion`: got "12.4"; allowed: nothing for an image of kind NEURON; fix: remove cudaVersion, or set kind to AcceleratorKind.GPU'],
    ['a Neuron SDK on GPUs', { ...gpu, neuronSdk: NeuronSdk.V2_26_0 },
      '`neuronSdk`: got 2.26.0; allowed: nothing for an image of kind GPU; fix: remove neuronSdk, or set kind to AcceleratorKind.NEURON'],
    ['a CUDA version in tag spelling', { ...gpu, cudaVersion: 'cu124' },
      '`cudaVersion`: got "cu124"; allowed: a major and a minor version, e.g. 12.4; fix: give a major and a minor version, e.g. 12.4'],
    ['an SDK as text', { kind: AcceleratorKind.NEURON, tag: '1', neuronSdk: '2.26.1' as unknown as NeuronSdk },
      '`neuronSdk`: got "2.26.1"; allowed: a Neuron SDK; fix: use a static of NeuronSdk such as NeuronSdk.V2_26_1, or NeuronSdk.of'],
    ['a Neuron grammar on GPUs', { ...gpu, grammar: EnvironmentGrammar.OPTIMUM_NEURON },
      '`grammar`: got optimum-neuron; allowed: another grammar for an image of kind GPU; fix: use EnvironmentGrammar.VLLM, or set kind to AcceleratorKind.NEURON'],
  ])('fails for %s', (_, options, message) => {
    expect(() => ServingImage.fromEcrRepository(repository(), options)).toThrow(new Error(`ServingImage.fromEcrRepository: ${message}`));
  });

  test('reports several problems together', () => {
    expect(() => ServingImage.fromEcrRepository(repository(), { kind: AcceleratorKind.NEURON, digest: '', cudaVersion: 'x' }))
      .toThrow('ServingImage.fromEcrRepository: 3 problems\n');
  });
});

test('grammars have names and are found by them', () => {
  for (const key of Object.keys(GRAMMARS)) {
    const grammar = EnvironmentGrammar._of(key as keyof typeof GRAMMARS);
    expect([grammar.key, `${grammar}`]).toEqual([key, key]);
  }
});

test('grammars say which are for servers of language models', () => {
  const all = Object.values(EnvironmentGrammar).filter((one): one is EnvironmentGrammar => one instanceof EnvironmentGrammar);
  expect(all).toHaveLength(Object.keys(GRAMMARS).length);
  expect(all.filter((one) => one.servesLanguageModels)).toEqual([EnvironmentGrammar.OPTIMUM_NEURON, EnvironmentGrammar.VLLM, EnvironmentGrammar.SGLANG, EnvironmentGrammar.LMI]);
});
