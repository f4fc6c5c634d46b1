import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { benchmarkOf, filled, newStack, only, variants } from './construct-support';
import { MigrationGate, TrafficMigration } from '../../src/migration';
import { withVersionGate } from '../../src/migration/version-gate';

const gatesOf = (all: ReturnType<typeof variants>, gates?: MigrationGate[]) => withVersionGate({ from: all.gpu, to: all.inf2, gates });

describe('the gate for versions', () => {
  test('is there by itself when the app has a benchmark of both variants, at 100 %', () => {
    const all = variants();
    const benchmark = benchmarkOf(all);
    new TrafficMigration(all.stack, 'Migration', { from: all.gpu, to: all.inf2 });
    const [, { DefinitionString }] = only(all.stack, 'AWS::StepFunctions::StateMachine', 'RunMachine');
    const { config } = JSON.parse(filled<string>(all.stack, DefinitionString)).States.Begin.Parameters;
    expect(config.gates).toEqual([{ id: 'measured-full', kind: 'lambda', functionArn: filled(all.stack, all.stack.resolve(benchmark.gateFunction.functionArn)), point: 'full', timeoutSeconds: 86_400, onTimeout: 'hold' }]);
  });

  test('comes behind the others, and after a benchmark of one variant is not found', () => {
    const all = variants();
    const approval = MigrationGate.approval();
    expect(gatesOf(all, [approval])).toEqual([approval]);
    benchmarkOf(all, [all.gpu]);
    expect(gatesOf(all, [approval])).toEqual([approval]);
    const both = variants();
    const benchmark = benchmarkOf(both);
    const [first, second, ...rest] = gatesOf(both, [approval]);
    expect([first, second._measured, rest]).toEqual([approval, benchmark.variants, []]);
  });

  test('is not added beside one that somebody wrote', () => {
    const all = variants();
    const benchmark = benchmarkOf(all);
    for (const gate of [MigrationGate.measuredVersion(benchmark), MigrationGate.unmeasuredVersion('the same model as in eu-west-1')]) expect(gatesOf(all, [gate])).toEqual([gate]);
  });

  test('is not asked of the way back', () => {
    const { stack, gpu, inf2 } = variants();
    expect(() => new TrafficMigration(stack, 'Back', { from: inf2, to: gpu })).not.toThrow();
  });

  test('that is switched off says why at synth, and asks nobody', () => {
    const { stack, gpu, inf2 } = variants({}, newStack());
    new TrafficMigration(stack, 'Migration', { from: gpu, to: inf2, gates: [MigrationGate.unmeasuredVersion('  the same model as in eu-west-1 ')] });
    Annotations.fromStack(stack).hasInfo('/Stack/Migration', Match.stringLikeRegexp('versions are promoted that nobody measured: the same model as in eu-west-1'));
    const [, { DefinitionString }] = only(stack, 'AWS::StepFunctions::StateMachine', 'RunMachine');
    expect(JSON.parse(filled<string>(stack, DefinitionString)).States.Begin.Parameters.config.gates).toEqual([]);
  });
});
