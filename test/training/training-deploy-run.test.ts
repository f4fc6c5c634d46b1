import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CfnParameter, CfnResource, CustomResource, Duration, Lazy, Tags, type Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ACCOUNT, allowed, bucketOf, ENV, everythingAllowed, filled, idOf, newStack, ofType, P4D, templateOf, thrownBy, trained, TRN1, vpcOf } from './support';
import { TrainingCode, TrainingInput, type TrainingJobProps } from '../../src';
import { TrainingDeployRun, type TrainingDeployRunOptions } from '../../src/training/training-deploy-run';

const TYPE = 'Custom::TrainingRun';
const Allow = { Effect: 'Allow' };

/** A training whose deploy starts a run. */
function deployed(options?: TrainingDeployRunOptions, props: Parameters<typeof trained>[0] = {}, stack: Stack = newStack()): { stack: Stack; run: TrainingDeployRun } {
  const { training } = trained(props, stack);
  return { stack, run: training.runOnDeploy('Smoke', options) };
}

const resource = (stack: Stack) => templateOf(stack).Resources[idOf(stack, TYPE)] as any;

/** The message of what a run on deploy refuses; it leaves nothing half-made behind. */
function refused(options: unknown): string {
  const { stack, training } = trained();
  const resources = () => stack.node.findAll().filter((one) => CfnResource.isCfnResource(one)).length;
  const before = resources();
  const message = thrownBy(() => training.runOnDeploy('Smoke', options as TrainingDeployRunOptions));
  expect(resources()).toBe(before);
  return message.replace(/^Stack\/Train\/Smoke: /, '');
}

describe('what is made', () => {
  const PARTS = ['AWS::Logs::LogGroup', 'AWS::IAM::Role', 'AWS::Lambda::Function'];
  const types = (stack: Stack) => Object.entries(templateOf(stack).Resources).filter(([id]) => id.startsWith('TrainSmoke')).map(([, { Type }]) => Type);

  test('without a wait: a function and what it starts', () => {
    const { stack, run } = deployed();
    expect(types(stack)).toEqual([...PARTS, TYPE]);
    const { Properties } = resource(stack);
    expect(Properties).toEqual({
      ServiceToken: { 'Fn::GetAtt': [idOf(stack, 'AWS::Lambda::Function', 'SmokeStarter'), 'Arn'] },
      ServiceTimeout: '300',
      StateMachineArn: { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') },
      Group: expect.stringMatching(/^deploy-[0-9a-f]{8}$/),
      Training: expect.stringMatching(/^[0-9a-f]{8}$/),
      Input: '{}',
    });
    expect(templateOf(stack).Resources[idOf(stack, 'AWS::Lambda::Function', 'SmokeStarter')].Properties).toMatchObject({ Timeout: 120, Runtime: 'nodejs24.x', Handler: 'index.handler' });
    expect(stack.resolve(run.executionArn)).toEqual({ Ref: idOf(stack, TYPE) });
  });

  test('with a wait: longer invocations, and the right to call the next', () => {
    const { stack } = deployed({ wait: Duration.minutes(55) });
    expect(types(stack)).toEqual([...PARTS, 'AWS::IAM::Policy', TYPE]);
    // A custom resource has an hour.
    expect(resource(stack).Properties).toMatchObject({ ServiceTimeout: '3600', WaitSeconds: '3300' });
    expect(templateOf(stack).Resources[idOf(stack, 'AWS::Lambda::Function', 'SmokeStarter')].Properties!.Timeout).toBe(900);
    expect(resource(deployed({ wait: Duration.minutes(1) }).stack).Properties).toMatchObject({ ServiceTimeout: '360', WaitSeconds: '60' });
  });

  test('the input of the run is JSON, also of values that are known when it is deployed', () => {
    const stack = newStack();
    const epochs = new CfnParameter(stack, 'Epochs');
    deployed({ parameters: { hyperParameters: { epochs: epochs.valueAsString, rate: 0 }, environment: { MODE: 'smoke' }, inputs: { train: 's3://data/texts/smoke/' } } },
      (scope) => ({ inputs: { train: TrainingInput.s3(bucketOf(scope, 'data'), 'texts/') } }), stack);
    expect(resource(stack).Properties.Input).toEqual({ 'Fn::Join': ['', ['{"hyperParameters":{"epochs":"', { Ref: 'Epochs' }, '","rate":0},"environment":{"MODE":"smoke"},"inputs":{"train":"s3://data/texts/smoke/"}}']] });
  });
});

describe('rights', () => {
  const RUNS = (stack: Stack) => `arn:aws:states:us-east-1:${ACCOUNT}:execution:Stack-Train-3B520A86:${resource(stack).Properties.Group}-*`;
  const base = (stack: Stack) => [
    { ...Allow, Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${idOf(stack, 'AWS::Logs::LogGroup', 'Smoke')}:*` },
    { ...Allow, Action: ['states:ListExecutions', 'states:StartExecution'], Resource: filled<string>(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') }) },
    { ...Allow, Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: RUNS(stack) },
  ];

  test('the one state machine, and the executions that it has started itself', () => {
    const { stack } = deployed();
    expect(allowed(stack, 'SmokeStarterRole')).toEqual(base(stack));
  });

  test('with a wait it calls itself too', () => {
    const { stack } = deployed({ wait: Duration.minutes(30) });
    expect(allowed(stack, 'SmokeStarterRole')).toEqual([...base(stack), { ...Allow, Action: 'lambda:InvokeFunction', Resource: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${idOf(stack, 'AWS::Lambda::Function', 'Smoke')}` }]);
    expect(everythingAllowed(stack).filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action).sort()).toEqual(['cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken', 'sagemaker:ListTrainingJobs']);
  });
});

describe('order', () => {
  const before = (stack: Stack) => resource(stack).DependsOn as string[];

  test('a run has its rights and what stops its job from its first moment, and until it is gone', () => {
    const { stack } = deployed({ wait: Duration.minutes(30) });
    const id = (type: string, part: string) => idOf(stack, type, part);
    expect([...before(stack)].sort()).toEqual([
      id('AWS::Events::Rule', 'EndedEarly'),
      ...ofType(stack, 'AWS::Lambda::Permission').map(([one]) => one),
      id('AWS::IAM::Role', 'TrainRole'),
      id('AWS::IAM::Policy', 'SmokeAgain'),
      id('AWS::Lambda::Function', 'SmokeStarter'),
      id('AWS::StepFunctions::StateMachine', 'Train'),
      id('AWS::Lambda::Function', 'TrainStop'),
    ].sort());
    const machine = templateOf(stack).Resources[id('AWS::StepFunctions::StateMachine', 'Train')] as any;
    expect(machine.DependsOn).toEqual([id('AWS::IAM::Policy', 'StateMachineRoleDefaultPolicy'), id('AWS::IAM::Role', 'StateMachineRole')]);
  });

  test('the rules of its own security group, and the policies of a role of the user', () => {
    const stack = newStack();
    deployed({}, (scope) => ({ vpc: vpcOf(scope), rungs: [{ ...P4D, instanceCount: 2 }], role: new iam.Role(scope, 'Mine', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') }) }), stack);
    expect(before(stack)).toEqual(expect.arrayContaining([
      idOf(stack, 'AWS::EC2::SecurityGroupIngress'), idOf(stack, 'AWS::EC2::SecurityGroupEgress'), idOf(stack, 'AWS::IAM::Role', 'Mine'), idOf(stack, 'AWS::IAM::Policy', 'MineDefaultPolicy'),
    ]));
  });

  test('several beside each other, and what waits for one of them', () => {
    const { stack, training } = trained();
    training.runOnDeploy('One');
    const two = training.runOnDeploy('Two', { wait: Duration.minutes(5) });
    const after = new CustomResource(stack, 'After', { serviceToken: 'token' });
    after.node.addDependency(two);
    // The assertions refuse templates that go in circles.
    const [one, other] = ofType(stack, TYPE);
    expect([one, other].map(([, { DependsOn }]) => (DependsOn as string[]).filter((id) => id.includes('TrainOneRun') || id.includes('TrainTwoRun')))).toEqual([[], []]);
    expect(one[1].Properties.Group).not.toBe(other[1].Properties.Group);
    expect((templateOf(stack).Resources.After as any).DependsOn).toContain(other[0]);
  });
});

describe('another run', () => {
  const idFor = (options?: TrainingDeployRunOptions, props: Partial<TrainingJobProps> | ((stack: Stack) => Partial<TrainingJobProps>) = {}, change: (stack: Stack) => void = () => undefined) => {
    const { stack } = deployed(options, props);
    change(stack);
    const id = idOf(stack, TYPE);
    expect(id).toContain(`TrainSmokeRun${resource(stack).Properties.Training}`);
    return id;
  };
  const same = idFor();

  test.each<[string, Parameters<typeof idFor>]>([
    ['another deploy', []],
    ['empty parameters', [{ parameters: {} }]],
    ['a wait', [{ wait: Duration.minutes(30) }]],
    ['tags', [{}, {}, (stack) => Tags.of(stack).add('team', 'a')]],
    ['a price', [{}, { rungs: [{ ...TRN1, usdPerHour: 20 }] }]],
  ])('not for %s', (_, given) => expect(idFor(...given)).toBe(same));

  test.each<[string, Parameters<typeof idFor>]>([
    ['parameters', [{ parameters: { hyperParameters: { epochs: 0 } } }]],
    ['hyperparameters', [{}, { hyperParameters: { epochs: 0 } }]],
    ['hardware', [{}, { rungs: [{ ...TRN1, instanceCount: 2 }] }]],
    ['another rung', [{}, { rungs: [TRN1, P4D] }]],
    ['data', [{}, (stack) => ({ output: { bucket: bucketOf(stack, 'other') } })]],
    ['times', [{}, { maxRuntime: Duration.hours(1) }]],
  ])('for other %s', (_, given) => expect(idFor(...given)).not.toBe(same));

  test('for another script', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'training-other-'));
    try {
      fs.writeFileSync(path.join(folder, 'train.py'), 'print(2)\n');
      expect(idFor({}, { code: TrainingCode.fromDirectory(folder, { entryPoint: 'train.py' }) })).not.toBe(same);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe('what is refused', () => {
  const early = 'allowed: whole seconds, 1 min to 55 min; fix: give e.g. Duration.minutes(30), or leave it out: the deploy goes on then';
  const late = 'allowed: at most 55 min; fix: start the training by a schedule or a pipeline, and let no deploy wait for it';
  test.each<[string, unknown, string]>([
    ['56 minutes', { wait: Duration.minutes(56) }, `\`wait\`: got 56 min; ${late}`],
    ['a second too many', { wait: Duration.seconds(3301) }, `\`wait\`: got 3301 s; ${late}`],
    ['half a second too many', { wait: Duration.millis(3_300_500) }, `\`wait\`: got 3300.5 s; ${late}`],
    ['a day', { wait: Duration.days(1) }, `\`wait\`: got 1 d; ${late}`],
    ['0', { wait: Duration.minutes(0) }, `\`wait\`: got 0 s; ${early}`],
    ['59 seconds', { wait: Duration.seconds(59) }, `\`wait\`: got 59 s; ${early}`],
    ['half a second', { wait: Duration.millis(90_500) }, `\`wait\`: got 90.5 s; ${early}`],
    ['less than nothing, which the CDK lets nobody make', { wait: { toSeconds: () => -60, isUnresolved: () => false } }, `\`wait\`: got -60 s; ${early}`],
    ['a token', { wait: Duration.seconds(Lazy.number({ produce: () => 60 })) }, '`wait`: got a token (a value known only at deploy time); allowed: a value known at synth; fix: give a plain duration such as Duration.minutes(30)'],
    ['a number', { wait: 30 }, '`wait`: got 30; allowed: a duration; fix: give e.g. Duration.minutes(30)'],
    ['a text', { wait: '30' }, '`wait`: got "30"; allowed: a duration; fix: give e.g. Duration.minutes(30)'],
    ['true', { wait: true }, '`wait`: got true; allowed: a duration; fix: give e.g. Duration.minutes(30)'],
    ['another object', { wait: {} }, '`wait`: got another object; allowed: a duration; fix: give e.g. Duration.minutes(30)'],
    ['null', { wait: null }, '`wait`: got null; allowed: a duration; fix: give e.g. Duration.minutes(30)'],
    ['a parameter by its own name', { parameters: { epochs: 3 } }, '`parameters.epochs`: got a value; allowed: hyperParameters, environment, inputs; fix: correct the name'],
    ['a channel that the training does not have', { parameters: { inputs: { more: 's3://data/more/' } } }, '`parameters`: got input.inputs.more is no channel of this training with an address in S3: none may be given; allowed: what the training takes; fix: correct it'],
  ])('%s', (_, options, message) => expect(refused(options)).toBe(message));

  test('a negative duration, by the CDK', () => {
    expect(() => Duration.minutes(-1)).toThrow('Duration amounts cannot be negative. Received: -1');
  });

  test('two things at once', () => {
    expect(refused({ wait: Duration.hours(1), parameters: { epochs: 3 } })).toBe([
      '2 problems', `  - \`wait\`: got 1 h; ${late}`, '  - `parameters.epochs`: got a value; allowed: hyperParameters, environment, inputs; fix: correct the name',
    ].join('\n'));
  });

  test('something else than a training', () => {
    expect(thrownBy(() => new TrainingDeployRun(newStack({ env: ENV }), 'Run', { training: 'Train' as any }))).toBe('Stack/Run: `training`: got "Train"; allowed: a TrainingJob of this app; fix: pass a TrainingJob');
  });
});
