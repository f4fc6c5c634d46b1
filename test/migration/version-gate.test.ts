import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { allowed, benchmarkOf, filled, newStack, only, parityOf, thrownBy, variants, type Variants } from './construct-support';
import type { EndpointBenchmark } from '../../src';
import { GatePoint, GateTimeout, MigrationGate, TrafficMigration } from '../../src/migration';

const migrate = ({ stack, gpu, inf2 }: Variants, gates?: MigrationGate[]) => new TrafficMigration(stack, 'Migration', { from: gpu, to: inf2, gates });

/** What the controller is told. */
function gatesOf(stack: Stack): any[] {
  const [, { DefinitionString }] = only(stack, 'AWS::StepFunctions::StateMachine', 'RunMachine');
  return JSON.parse(filled<string>(stack, DefinitionString)).States.Begin.Parameters.config.gates;
}

const arnOf = (stack: Stack, { gateFunction }: Pick<EndpointBenchmark, 'gateFunction'>) => filled(stack, stack.resolve(gateFunction.functionArn));
const asked = (functionArn: unknown, name = 'measured') => ['step', 'full'].map((point) => ({ id: `${name}-${point}`, kind: 'lambda', functionArn, point, timeoutSeconds: 86_400, onTimeout: 'hold' }));
const invoked = (stack: Stack) => allowed(stack, 'ControllerRole').filter(({ Action }) => Action === 'lambda:InvokeFunction').flatMap(({ Resource }) => Resource);

describe('the gate for versions', () => {
  test('is there by itself when the app has a benchmark of both variants, before each step and before 100 %, and may ask it', () => {
    const all = variants();
    const benchmark = benchmarkOf(all);
    migrate(all);
    expect(gatesOf(all.stack)).toEqual(asked(arnOf(all.stack, benchmark)));
    expect(invoked(all.stack)).toEqual([arnOf(all.stack, benchmark)]);
  });

  test('does not ask which of them was made first, and comes behind other gates', () => {
    const all = variants();
    migrate(all, [MigrationGate.approval()]);
    const benchmark = benchmarkOf(all);
    expect(gatesOf(all.stack)).toEqual([expect.objectContaining({ id: 'approval-full' }), ...asked(arnOf(all.stack, benchmark))]);
    expect(invoked(all.stack)).toEqual([arnOf(all.stack, benchmark)]);
  });

  test('finds a benchmark in another stack', () => {
    const all = variants();
    const [own, other] = ['Own', 'Other'].map((id) => newStack(undefined, id, all.stack.node.root as App));
    migrate({ ...all, stack: own });
    benchmarkOf({ ...all, stack: other });
    (all.stack.node.root as App).synth();
    expect(own.dependencies).toEqual([all.stack, other]);
    // Definition and role.
    const [, { DefinitionString }] = only(own, 'AWS::StepFunctions::StateMachine', 'RunMachine');
    const gate = { 'Fn::ImportValue': expect.stringMatching(/^Other:ExportsOutputFnGetAttBenchmarkGate/) };
    expect(DefinitionString['Fn::Join'][1]).toEqual(expect.arrayContaining([gate]));
    const [, { Policies }] = only(own, 'AWS::IAM::Role', 'ControllerRole');
    expect(Policies[0].PolicyDocument.Statement).toContainEqual({ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: gate });
  });

  test('is not added beside one that somebody wrote', () => {
    const all = variants();
    const benchmark = benchmarkOf(all);
    const handler = lambda.Function.fromFunctionArn(all.stack, 'Mine', 'arn:aws:lambda:us-east-1:111122223333:function:mine');
    const made = (gate: MigrationGate, at = new App()) => {
      const own = variants({}, newStack(undefined, 'Stack', at));
      benchmarkOf(own);
      migrate(own, [gate]);
      return gatesOf(own.stack);
    };
    expect(made(MigrationGate.measuredElsewhere(handler))).toEqual(asked('arn:aws:lambda:us-east-1:111122223333:function:mine'));
    expect(made(MigrationGate.unmeasuredVersion('the same model as in eu-west-1'))).toEqual([]);
    migrate(all, [MigrationGate.measuredVersion(benchmark)]);
    expect(gatesOf(all.stack)).toEqual(asked(arnOf(all.stack, benchmark)));
  });

  test('stands where somebody wants it, for as long', () => {
    const all = variants();
    const benchmark = benchmarkOf(all);
    migrate(all, [MigrationGate.measuredVersion(benchmark, { at: GatePoint.START, onTimeout: GateTimeout.ROLL_BACK })]);
    expect(gatesOf(all.stack)).toEqual([{ id: 'measured-start', kind: 'lambda', functionArn: arnOf(all.stack, benchmark), point: 'start', timeoutSeconds: 86_400, onTimeout: 'rollback' }]);
  });

  test('is not asked of the way back, whatever the app has', () => {
    const all = variants();
    benchmarkOf(all);
    new TrafficMigration(all.stack, 'Back', { from: all.inf2, to: all.gpu });
    expect(gatesOf(all.stack)).toEqual([]);
    expect(invoked(all.stack)).toEqual([]);
  });

  test('that is switched off says why at synth, and asks nobody', () => {
    const all = variants({}, newStack());
    migrate(all, [MigrationGate.unmeasuredVersion('  the same model as in eu-west-1 ')]);
    Annotations.fromStack(all.stack).hasInfo('/Stack/Migration', Match.stringLikeRegexp('versions are promoted that nobody measured: the same model as in eu-west-1'));
    expect(gatesOf(all.stack)).toEqual([]);
  });
});

describe('at synth', () => {
  const NONE = "`gates`: got none that asks whether what variant 'inf2' serves was measured; allowed: a gate that asks whether the version was measured on its hardware (MigrationGate.measuredVersion, measuredElsewhere), or a reason why nobody asks (MigrationGate.unmeasuredVersion); "
    + "fix: make an EndpointBenchmark of both variants, or add MigrationGate.unmeasuredVersion('...')";
  const refusal = ({ stack }: Variants) => thrownBy(() => (stack.node.root as App).synth());
  const said = (text: string) => `Validation failed with the following errors:\n  [Stack/Migration] ${text}`;

  test.each<[string, MigrationGate[] | undefined]>([['without gates', undefined], ['with none', []], ['with others', [MigrationGate.approval()]]])('nobody measures, %s', (_, gates) => {
    const all = variants();
    migrate(all, gates);
    expect(refusal(all)).toBe(said(NONE));
  });

  test('a benchmark of one of the variants is none', () => {
    const all = variants();
    migrate(all);
    benchmarkOf(all, [all.gpu]);
    expect(refusal(all)).toBe(said(NONE));
  });

  test('of two benchmarks nobody takes one in silence', () => {
    const all = variants();
    benchmarkOf(all, undefined, 'Fast');
    migrate(all);
    benchmarkOf(all, undefined, 'Large');
    expect(refusal(all)).toBe(said("`gates`: got none that asks whether what variant 'inf2' serves was measured, with 2 benchmarks of both variants: Stack/Fast, Stack/Large; allowed: a gate that names one of them; fix: add MigrationGate.measuredVersion with the one that decides"));
  });

  test('a benchmark that needs the stack of the migration is told apart, in words', () => {
    const all = variants();
    migrate(all);
    benchmarkOf({ ...all, stack: newStack(undefined, 'Other', all.stack.node.root as App) });
    expect(refusal(all)).toBe(said('`gates`: got none about measured versions, and Other/Benchmark, a benchmark in stack Other, which depends on stack Stack; allowed: a benchmark in stack Stack; fix: make the benchmark in stack Stack, or the migration in stack Other'));
  });

  test('one that is named is right beside others', () => {
    const all = variants();
    const benchmark = benchmarkOf(all, undefined, 'Fast');
    benchmarkOf(all, undefined, 'Large');
    migrate(all, [MigrationGate.measuredVersion(benchmark)]);
    expect(refusal(all)).toBe('nothing thrown');
  });
});

test('the gate for answers stands at the same points, beside that for versions', () => {
  const all = variants();
  const [benchmark, parity] = [benchmarkOf(all), parityOf(all)];
  migrate(all, [MigrationGate.sameAnswers(parity)]);
  expect(gatesOf(all.stack)).toEqual([...asked(arnOf(all.stack, parity), 'parity'), ...asked(arnOf(all.stack, benchmark))]);
  expect(invoked(all.stack)).toEqual([arnOf(all.stack, parity), arnOf(all.stack, benchmark)]);
});
