import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import {
  CompilationJob, CompilationShapes, ModelSource, NeuronCompilationTask, NeuronPrecision, NeuronTarget, ServingImage, type NeuronCompilationTaskProps,
} from '../../src';

const SCRIPT = path.join(__dirname, '..', '..', 'src', 'compilation', 'script');
const PARSE = 'import json, sys; from neuron_compile.arguments import parse; print(json.dumps({k: v for k, v in vars(parse(json.loads(sys.argv[1]))).items()}, default=str))';
const python = spawnSync('python3', ['--version']).error === undefined;

/** What the container is started with. */
function argumentsOf(props: Partial<NeuronCompilationTaskProps> | ((stack: Stack) => Partial<NeuronCompilationTaskProps>)): string[] {
  const stack = new Stack(new App(), 'Stack', { env: { region: 'us-east-1', account: '123456789012' } });
  const task = new NeuronCompilationTask(stack, 'Task', {
    source: ModelSource.huggingFace('org/model', { revision: 'a'.repeat(40) }),
    shapes: CompilationShapes.textEncoder({ batchSize: 1, sequenceLength: 128 }),
    ...typeof props === 'function' ? props(stack) : props,
  });
  new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(task) });
  const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  const text = machine.Properties.DefinitionString['Fn::Join'][1].map((part: unknown) => typeof part === 'string' ? part : 'x').join('');
  return JSON.parse(/"ContainerArguments":(\[[^\]]*\])/.exec(text)![1]);
}

const own = fs.mkdtempSync(path.join(os.tmpdir(), 'script-'));
fs.writeFileSync(path.join(own, 'compile.py'), 'def load(model_dir, shapes): ...');

/** The folders of the container are not here: the script's own folder stands for them. */
const here = (args: string[]): string[] => args.map((one) => one.startsWith('/opt/ml/') && !one.startsWith('/opt/ml/output') && !one.endsWith('/output') && !one.endsWith('/checkpoints') ? own : one);
const parsed = (args: string[]): any => JSON.parse(execFileSync('python3', ['-B', '-c', PARSE, JSON.stringify(here(args))], { cwd: SCRIPT, encoding: 'utf8', env: { ...process.env, PYTHONPATH: SCRIPT } }));

afterAll(() => fs.rmSync(own, { recursive: true }));

// What the construct renders is what the script reads: two languages, one contract.
(python ? describe : describe.skip)('the compile script understands', () => {
  const cases: [string, Parameters<typeof argumentsOf>[0], object][] = [
    ['a text encoder', { task: 'feature-extraction' }, { kind: 'text-encoder', task: 'feature-extraction', auto_cast: 'matmul', auto_cast_type: 'bf16', target: 'inf2', layout: 'archive', exporter: 'optimum', cpu_backend: true }],
    ['float32', { precision: NeuronPrecision.FP32 }, { auto_cast: 'none', auto_cast_type: null }],
    ['vision', { shapes: CompilationShapes.vision({ batchSize: 2, width: 224, height: 224 }), target: NeuronTarget.TRN1 }, { kind: 'vision', target: 'trn1' }],
    ['audio', { shapes: CompilationShapes.audio({ batchSize: 1, audioSequenceLength: 16000 }) }, { kind: 'audio' }],
    ['CLIP', { shapes: CompilationShapes.clip({ textBatchSize: 2, imageBatchSize: 1, sequenceLength: 77, width: 224, height: 224 }) }, { kind: 'clip' }],
    ['T5', { shapes: CompilationShapes.seq2seq({ batchSize: 1, sequenceLength: 64, numBeams: 4 }) }, { kind: 'seq2seq' }],
    ['SDXL', { shapes: CompilationShapes.diffusion({ batchSize: 1, width: 1024, height: 1024 }) }, { kind: 'diffusion' }],
    ['a language model', { shapes: CompilationShapes.decoder({ batchSize: 4, sequenceLength: 4096 }), tensorParallelDegree: 8 }, { kind: 'decoder', torch_dtype: 'bfloat16', tensor_parallel_size: 8, layout: 'files', cpu_backend: false, opt_level: null }],
    ['a training job', { job: CompilationJob.onTrainium() }, { output: '/opt/ml/checkpoints', message_file: '/opt/ml/output/failure', cpu_backend: false }],
    ['a model in S3', { source: ModelSource.s3Uri('s3://bucket/model.tar.gz', { revision: '1' }) }, { source: own, hub_id: null }],
    ['a token', (stack) => ({ source: ModelSource.huggingFace('org/model', { revision: 'a'.repeat(40), tokenSecret: secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'hub/token'), tokenField: 'token' }) }), { token_secret: 'arn:x:secretsmanager:us-east-1:123456789012:secret:hub/token', token_field: 'token' }],
    ['flags', { compiler: { flags: ['--model-type=transformer', '--enable-fast-loading-neuron-binaries'], optimizationLevel: 1, trustRemoteCode: true } }, { compiler_flag: ['--enable-fast-loading-neuron-binaries', '--model-type=transformer'], opt_level: '1', trust_remote_code: true }],
    ['a script of the user', { compiler: { script: own, customOperators: own, maxCpuOperators: 2 }, servingImage: ServingImage.PYTORCH_2_8_NEURONX, job: CompilationJob.onCpu() }, { exporter: 'trace', user_script: own, custom_operators: own, max_cpu_operators: 2 }],
  ];

  test.each(cases)('%s', (_, props, expected) => {
    expect(parsed(argumentsOf(props))).toMatchObject(expected);
  });
});
