import { App, Duration, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { aiBenchmarked, aiPropsOf, twoEndpoints, type Props } from './scenarios/ai-world';
import { thrownBy } from './support';
import { AiBenchmark, AiWorkload, InferenceEndpoint } from '../../src';
import { ENV, newStack, oneVariant, twoVariants } from '../endpoint/support';

const as = <T>(value: unknown): T => value as T;
const TOKEN = as<number>(Token.asNumber({ resolve: () => 3 }));
const refused = (given: Props) => {
  const all = twoEndpoints();
  return thrownBy(() => new AiBenchmark(all.stack, 'Chat', aiPropsOf(all, given))).replace('Stack/Chat: ', '');
};
const target = (more: object): Props => ({ gpu }) => ({ targets: [as({ endpoint: gpu, ...more })] });

describe('bad inputs', () => {
  test.each<[string, Props, string]>([
    ['no targets', { targets: [] }, '`targets`: got an empty list; allowed: 1 to 8 endpoints; fix: name the endpoint to measure'],
    ['nothing', { targets: as(undefined) }, '`targets`: got nothing; allowed: 1 to 8 endpoints; fix: give e.g. [{ endpoint: gpu }, { endpoint: neuron }]'],
    ['nine', ({ gpu }) => ({ targets: Array.from({ length: 9 }, () => ({ endpoint: gpu })) }), '`targets`: got 9 endpoints; allowed: 1 to 8 endpoints; fix: use several benchmarks'],
    ['a name', { targets: [{ endpoint: as('gpu') }] }, '`targets[0].endpoint`: got "gpu"; allowed: an InferenceEndpoint; fix: pass an InferenceEndpoint, or InferenceEndpoint.fromEndpointAttributes'],
    ['one endpoint twice', ({ gpu }) => ({ targets: [{ endpoint: gpu }, { endpoint: gpu }] }), '`targets[1].endpoint`: got Stack/Gpu again; allowed: each endpoint once; fix: remove it'],
    ['an asynchronous one', ({ stack }) => ({ targets: [{ endpoint: new InferenceEndpoint(stack, 'Queue', { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Answers', 'answers') } }) }] }),
      '`targets[0].endpoint`: got Stack/Queue, an asynchronous endpoint; allowed: a real-time endpoint: jobs wait for the answer of each request; fix: measure the model on a real-time endpoint'],
    ['an asynchronous one made elsewhere', ({ stack }) => ({ targets: [{ endpoint: InferenceEndpoint.fromEndpointAttributes(stack, 'Queue', { endpointName: 'queue', asynchronous: true }) }] }),
      '`targets[0].endpoint`: got Stack/Queue, an asynchronous endpoint; allowed: a real-time endpoint: jobs wait for the answer of each request; fix: measure the model on a real-time endpoint'],
    ['one in another region', ({ gpu, stack }) => ({ targets: [{ endpoint: gpu }, { endpoint: InferenceEndpoint.fromEndpointArn(stack, 'Far', `arn:aws:sagemaker:eu-west-1:${ENV.account}:endpoint/far`) }] }),
      `\`targets[1].endpoint\`: got Stack/Far in region eu-west-1; allowed: an endpoint in region ${ENV.region}, where the benchmark is; fix: make the benchmark in a stack of the region and account of the endpoint`],
    ['one in another account', ({ stack }) => ({ targets: [{ endpoint: InferenceEndpoint.fromEndpointArn(stack, 'Far', `arn:aws:sagemaker:${ENV.region}:999999999999:endpoint/far`) }] }),
      `\`targets[0].endpoint\`: got Stack/Far in account 999999999999; allowed: an endpoint in account ${ENV.account}, where the benchmark is; fix: make the benchmark in a stack of the region and account of the endpoint`],
    ['a price of 0', target({ usdPerHour: 0 }), '`targets[0].usdPerHour`: got 0; allowed: a price above 0, in USD per instance-hour; fix: give a price above 0, in USD per instance-hour'],
    ['a price that is a token', target({ usdPerHour: TOKEN }), '`targets[0].usdPerHour`: got a token (a value known only at deploy time); allowed: a price above 0, in USD per instance-hour; fix: give a plain number'],
    ['an empty label', target({ label: '' }), '`targets[0].label`: got ""; allowed: a text of 1 to 256 characters; fix: give a text of 1 to 256 characters'],
    ['no workload', { workload: as({ promptTokens: 1 }) }, '`workload`: got another object; allowed: a workload; fix: use AiWorkload.synthetic or inline'],
    ['nine minutes', { jobTimeout: Duration.minutes(9) }, '`jobTimeout`: got 9 minutes; allowed: 10 minutes to 4 hours, in whole minutes; fix: give e.g. Duration.hours(2)'],
    ['five hours', { jobTimeout: Duration.hours(5) }, '`jobTimeout`: got 300 minutes; allowed: 10 minutes to 4 hours, in whole minutes; fix: give e.g. Duration.hours(2)'],
    ['more errors than requests', { maximumErrorRate: 2 }, '`maximumErrorRate`: got 2; allowed: a fraction from 0 to 1; fix: give e.g. 0.05 for 5 %'],
    ['a name with a space', { benchmarkName: 'a b' }, '`benchmarkName`: got "a b"; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give e.g. "embeddings"'],
    ['a bus that is none', { eventBus: as('bus') }, '`eventBus`: got "bus"; allowed: a bus of EventBridge; fix: pass an EventBus, or EventBus.fromEventBusArn'],
    ['a folder that is none', { results: { prefix: '/x' } }, '`results.prefix`: got "/x"; allowed: a folder without a slash at its beginning; fix: give e.g. "benchmark/"'],
  ])('%s', (_, props, message) => expect(refused(props)).toBe(message));

  test('several are told together; no props at all', () => {
    expect(refused({ targets: [], maximumErrorRate: -1 }).split('\n')).toHaveLength(3);
    expect(thrownBy(() => new AiBenchmark(newStack(), 'Chat', as(undefined)))).toBe('Stack/Chat: `props`: got undefined; allowed: the props of an AI benchmark; fix: give at least { targets, workload }');
  });

  test('an endpoint with several variants, whenever they are added', () => {
    const { stack, endpoint } = twoVariants();
    new AiBenchmark(stack, 'Chat', { targets: [{ endpoint }], workload: AiWorkload.synthetic({ promptTokens: 1, outputTokens: 1 }) });
    expect(thrownBy(() => Template.fromStack(stack))).toContain('`targets[0].endpoint`: got Stack/Endpoint with the variants gpu, inf2; allowed: an endpoint with one variant: a job cannot choose one, and would measure what the weights mix; fix: use EndpointBenchmark, or give each side an endpoint of its own');
  });

  test('limits are right', () => {
    for (const props of [{ jobTimeout: Duration.minutes(10) }, { jobTimeout: Duration.hours(4) }, { maximumErrorRate: 0 }, { maximumErrorRate: 1 }]) expect(refused(props)).toBe('nothing thrown');
  });
});

describe('a made-up workload', () => {
  const synthetic = (more: object) => thrownBy(() => AiWorkload.synthetic({ promptTokens: 550, outputTokens: 150, ...more })).replace('AiWorkload.synthetic: ', '');
  const whole = (min: number, max: number) => `a whole number from ${min} to ${max}`;
  test.each<[string, object, string]>([
    ['no prompt', { promptTokens: 0 }, `\`promptTokens\`: got 0; allowed: ${whole(1, 1_000_000)}; fix: give ${whole(1, 1_000_000)}`],
    ['a prompt that is a token', { promptTokens: TOKEN }, `\`promptTokens\`: got a token (a value known only at deploy time); allowed: ${whole(1, 1_000_000)}; fix: give a plain number`],
    ['half a token', { outputTokens: 1.5 }, `\`outputTokens\`: got 1.5; allowed: ${whole(1, 1_000_000)}; fix: give ${whole(1, 1_000_000)}`],
    ['a negative deviation', { promptTokensStddev: -1 }, '`promptTokensStddev`: got -1; allowed: a number from 0 to 1000000; fix: give a number from 0 to 1000000'],
    ['a deviation that is a token', { outputTokensStddev: TOKEN }, '`outputTokensStddev`: got a token (a value known only at deploy time); allowed: a number of at least 0; fix: give a plain number'],
    ['no concurrency', { concurrency: 0 }, `\`concurrency\`: got 0; allowed: ${whole(1, 10_000)}; fix: give ${whole(1, 10_000)}`],
    ['no requests', { requests: 0 }, `\`requests\`: got 0; allowed: ${whole(1, 1_000_000)}; fix: give ${whole(1, 1_000_000)}`],
    ['a negative warm-up', { warmUpRequests: -1 }, `\`warmUpRequests\`: got -1; allowed: ${whole(0, 1_000_000)}; fix: give ${whole(0, 1_000_000)}`],
    ['a tokenizer with a space', { tokenizer: 'a b' }, '`tokenizer`: got "a b"; allowed: the name of a model on the Hugging Face Hub; fix: give e.g. "meta-llama/Llama-3.2-1B"'],
    ['a secret that is a text', { tokenizerSecret: 'hf_x' }, '`tokenizerSecret`: got "hf_x"; allowed: a secret of Secrets Manager; fix: pass a Secret, or Secret.fromSecretCompleteArn'],
    ['an input with a comma', { extraInputs: { a: '1,2' } }, '`extraInputs.a`: got "1,2"; allowed: letters, digits and _ . / : -, without spaces and commas; fix: give letters, digits and _ . / : -, without spaces and commas'],
    ['inputs that are a text', { extraInputs: 'a:1' }, "`extraInputs`: got \"a:1\"; allowed: texts by name; fix: give e.g. { ignore_eos: 'true' }"],
  ])('%s', (_, more, message) => expect(synthetic(more)).toBe(message));

  test('no lengths at all', () => expect(thrownBy(() => AiWorkload.synthetic(as(null)))).toBe('AiWorkload.synthetic: `options`: got null; allowed: lengths of prompts and answers; fix: give e.g. { promptTokens: 550, outputTokens: 150 }'));

  test('is a specification of the service', () => {
    const secret = secretsmanager.Secret.fromSecretCompleteArn(new Stack(), 'Hub', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:hub-AbCdEf');
    const { _spec: spec } = AiWorkload.synthetic({ promptTokens: 550, promptTokensStddev: 150, outputTokens: 150, outputTokensStddev: 50, concurrency: 64, warmUpRequests: 0, tokenizer: 'a/b', tokenizerSecret: secret, extraInputs: { ignore_eos: 'true', min_tokens: '10' } });
    expect(JSON.parse(spec)).toEqual({
      benchmark: { type: 'aiperf' },
      parameters: {
        prompt_input_tokens_mean: 550,
        prompt_input_tokens_stddev: 150,
        output_tokens_mean: 150,
        output_tokens_stddev: 50,
        concurrency: 64,
        request_count: 640,
        warmup_request_count: 0,
        streaming: true,
        random_seed: 42,
        tokenizer: 'a/b',
        extra_inputs: 'ignore_eos:true min_tokens:10',
      },
      secrets: { hf_token: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:hub-AbCdEf' },
      tooling: { api_standard: 'openai' },
    });
  });
});

describe('a specification of the user', () => {
  const YAML = 'benchmark:\n  type: aiperf\nparameters:\n  concurrency: 8\n';
  const inline = (text: unknown, options?: object) => thrownBy(() => AiWorkload.inline(as(text), options)).replace('AiWorkload.inline: ', '');
  test.each<[string, unknown, string]>([
    ['nothing', ' ', '`specification`: got " "; allowed: a workload specification, JSON or YAML; fix: give e.g. JSON.stringify({ benchmark: { type: "aiperf" }, parameters: { ... } })'],
    ['an object', {}, '`specification`: got {}; allowed: a workload specification, JSON or YAML; fix: give e.g. JSON.stringify({ benchmark: { type: "aiperf" }, parameters: { ... } })'],
    ['another type', '{"benchmark":{"type":"other"}}', '`specification`: got no benchmark type aiperf; allowed: benchmark.type aiperf, the only one there is; fix: add { "benchmark": { "type": "aiperf" } }'],
    ['too long', `${YAML}# ${'x'.repeat(16384)}`, '`specification`: got 16441 bytes; allowed: at most 16384; fix: leave parameters out that are the defaults'],
    ['several concurrencies', '{"benchmark":{"type":"aiperf"},"parameters":{"concurrency":[1,8]}}', '`specification`: got a list of concurrencies; allowed: one: each would have results of its own; fix: use a benchmark for each'],
    ['several of YAML', 'benchmark:\n  type: aiperf\nparameters:\n  concurrency:\n    - 1\n', '`specification`: got a list of concurrencies; allowed: one: each would have results of its own; fix: use a benchmark for each'],
    ['a search', `${YAML}  search_recipe: max-concurrency-under-sla\n`, '`specification`: got search_recipe; allowed: a fixed concurrency: what a search found cannot be compared; fix: remove it, and give concurrency'],
    ['a token', `${YAML}  hf_token: hf_abc\n`, '`specification`: got an hf_token in plain text; allowed: the ARN of a secret, under "secrets"; fix: put the token into Secrets Manager'],
    ['a token in JSON', '{"benchmark":{"type":"aiperf"},"parameters":{"hf_token":"hf_abc"}}', '`specification`: got an hf_token in plain text; allowed: the ARN of a secret, under "secrets"; fix: put the token into Secrets Manager'],
  ])('%s', (_, text, message) => expect(inline(text)).toBe(message));

  test('secrets that are none', () => {
    expect(inline(YAML, { secrets: as('x') })).toBe('`secrets`: got "x"; allowed: a list of secrets; fix: give e.g. [secret]');
    expect(inline(YAML, { secrets: [as('x')] })).toBe('`secrets[0]`: got "x"; allowed: a secret of Secrets Manager; fix: pass a Secret, or Secret.fromSecretCompleteArn');
  });

  test.each<[string, string]>([
    ['YAML', YAML], ['JSON', '{"benchmark":{"type":"aiperf"},"parameters":{"concurrency":8,"max_concurrency":9}}'], ['with a secret', `${YAML}secrets:\n  hf_token: arn:aws:secretsmanager:eu-west-1:111122223333:secret:x\n`],
    ['with a secret of this app', `{"benchmark":{"type":"aiperf"},"secrets":{"hf_token":"${Token.asString({ resolve: () => 'x' })}"}}`],
  ])('%s is taken as it is', (_, text) => {
    expect(AiWorkload.inline(text)._spec).toBe(text);
  });
});

describe('what is made', () => {
  test('a role for the jobs, that SageMaker takes on for this account alone', () => {
    const { stack } = aiBenchmarked();
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Description: 'Runs the AI benchmark jobs of SageMaker',
      AssumeRolePolicyDocument: { Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }] },
    });
  });

  test('names that SageMaker writes as they are, and time for every job', () => {
    const { stack } = aiBenchmarked({ jobTimeout: Duration.hours(1) });
    const template = Template.fromStack(stack);
    const [{ Properties: { Environment: { Variables } } }] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Runs the AI benchmark jobs of SageMaker' } }));
    expect(Variables).toEqual({ JOB_PREFIX: expect.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/), TARGETS: '2' });
    const [{ Properties: { DefinitionString } }] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    // Two jobs of an hour, and two hours beside each.
    expect(JSON.stringify(DefinitionString)).toContain('\\"TimeoutSeconds\\":21600');
  });

  test('outputs lead to the runs, and start one', () => {
    const outputs = Template.fromStack(aiBenchmarked().stack).findOutputs('*');
    expect(Object.entries(outputs).filter(([id]) => id.startsWith('Chat')).map(([, { Description }]) => Description)).toEqual(['Runs of the AI benchmark', 'Starts a run of the AI benchmark']);
  });

  test('an alarm of runs that did not end well', () => {
    const { stack, benchmark } = aiBenchmarked();
    expect(benchmark.runsFailedAlarm.node.path).toBe('Stack/Chat/RunsFailedAlarm');
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmDescription: Match.stringLikeRegexp('A run of the AI benchmark Stack/Chat failed.*#ai-benchmark-run-failed'), Threshold: 1 });
  });

  test('the price stands in the template only where it was given, and nothing else changes it', () => {
    const definition = (props: Props) => JSON.stringify(Template.fromStack(aiBenchmarked(props).stack).findResources('AWS::StepFunctions::StateMachine'));
    expect(definition({})).toContain('usdPerHour\\\\\\":1.408'.replaceAll('\\\\\\"', '\\"'));
    expect(definition(({ gpu }) => ({ targets: [{ endpoint: gpu }] }))).not.toContain('usdPerHour');
  });

  test('metrics of its endpoints, and of no other', () => {
    const { stack, benchmark, gpu } = aiBenchmarked({ benchmarkName: 'chat' });
    const dimensions = { Benchmark: 'chat', Endpoint: gpu.endpointName };
    for (const [metric, metricName] of [
      [benchmark.metricTimeToFirstTokenP99(gpu), 'TimeToFirstTokenP99'], [benchmark.metricInterTokenLatencyP99(gpu), 'InterTokenLatencyP99'], [benchmark.metricLatencyP99(gpu), 'LatencyP99'],
      [benchmark.metricOutputTokensPerInstance(gpu), 'OutputTokensPerInstance'], [benchmark.metricCostPerThousandOutputTokens(gpu), 'CostPerThousandOutputTokens'], [benchmark.metricFailedMeasurements(gpu), 'FailedMeasurements'],
    ] as const) expect(metric).toMatchObject({ namespace: 'CdkAccelerators/Benchmark', metricName, dimensions });
    expect(benchmark.metric('ErrorRate', gpu, { period: Duration.hours(1), statistic: 'Maximum' })).toMatchObject({ metricName: 'ErrorRate', statistic: 'Maximum', period: Duration.hours(1) });
    const { endpoint } = oneVariant({}, {}, stack);
    expect(thrownBy(() => benchmark.metric('ErrorRate', endpoint))).toBe('Stack/Chat: `endpoint`: got Stack/Endpoint; allowed: Stack/Gpu, Stack/Inf2; fix: pass an endpoint that this benchmark measures');
  });

  test('rules for its own events', () => {
    const { stack, benchmark } = aiBenchmarked({ benchmarkName: 'chat' });
    benchmark.onEvent('Over', { eventPattern: { detail: { outcome: ['measured'] } } });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', { EventPattern: { 'source': ['cdk-accelerators.benchmark'], 'detail-type': ['AI Benchmark Ended'], 'detail': { benchmark: ['chat'], outcome: ['measured'] } } });
    expect(thrownBy(() => benchmark.onEvent('Other', { eventPattern: { detailType: ['Benchmark Ended'] } }))).toContain("allowed: 'AI Benchmark Ended'");
  });

  test('grants', () => {
    const { stack, benchmark } = aiBenchmarked({ results: { prefix: 'team' } });
    const role = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
    benchmark.grantReadResults(role);
    benchmark.grantStart(role);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(role.roleName)],
      PolicyDocument: {
        Statement: [
          { Action: 's3:GetObject', Resource: stack.resolve(benchmark.bucket.arnForObjects('team/ai/*')) },
          { Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': 'team/ai/*' } } },
          { Action: 'states:StartExecution', Resource: { Ref: Match.stringLikeRegexp('ChatStateMachine') } },
        ],
      },
    });
  });

  test('with a key, a bus and endpoints made elsewhere', () => {
    const stack = new Stack(new App(), 'Stack');
    const endpoint = InferenceEndpoint.fromEndpointAttributes(stack, 'Elsewhere', { endpointName: 'Chat-GPU' });
    const benchmark = new AiBenchmark(stack, 'Chat', {
      targets: [{ endpoint }], workload: AiWorkload.synthetic({ promptTokens: 1, outputTokens: 1 }), results: { encryptionKey: new kms.Key(stack, 'Key') }, eventBus: new events.EventBus(stack, 'Bus'),
    });
    benchmark.onEvent('Over');
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', { EventBusName: { Ref: Match.stringLikeRegexp('Bus') } });
    template.hasResourceProperties('AWS::S3::Bucket', { BucketEncryption: { ServerSideEncryptionConfiguration: [Match.objectLike({ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) })] } });
    // IAM compares ARNs by case.
    expect(JSON.stringify(template.toJSON())).toContain(':endpoint/chat-gpu');
  });

  test('two of one kind beside each other have names of their own', () => {
    const all = aiBenchmarked();
    new AiBenchmark(all.stack, 'Other', aiPropsOf(all));
    const prefixes = Object.values(Template.fromStack(all.stack).findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties.Environment?.Variables?.JOB_PREFIX).filter((one) => one !== undefined);
    expect(new Set(prefixes).size).toBe(2);
  });
});
