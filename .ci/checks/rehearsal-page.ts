/** Writes rehearsal pages of very different runs into the directory that is given: what the browser is then shown. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  AcceleratorInstance, AcceleratorKind, InferenceEndpoint, MigrationGate, MigrationRehearsal, RehearsalFault, RehearsalTraffic, ServedModel, ShiftPlan, TrafficMigration, type MigrationRehearsalOptions,
} from 'cdk-accelerators';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: rehearsal-page.ts DIRECTORY');
mkdirSync(directory, { recursive: true });

const stack = new Stack(new App(), 'Pages', { env: { region: 'us-east-1' } });
const endpoint = new InferenceEndpoint(stack, 'Endpoint');
const variant = (name: string, kind: AcceleratorKind, instanceType: AcceleratorInstance, weight: number) =>
  endpoint.addVariant(name, { model: ServedModel.existing({ modelName: name }, { kind }), instanceType, weight, scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 } });
const migration = new TrafficMigration(stack, 'Migration', {
  from: variant('gpu', AcceleratorKind.GPU, AcceleratorInstance.G5_XLARGE, 1),
  to: variant('inferentia2-in-a-variant-with-as-long-a-name-as-there-may-be', AcceleratorKind.NEURON, AcceleratorInstance.INF2_XLARGE, 0),
  plan: ShiftPlan.auto(),
  gates: [MigrationGate.unmeasuredVersion('a page for a test')],
  migrationName: 'a-migration-with-a-name-as-long-as-the-names-of-migrations',
});

const worlds: Record<string, Partial<MigrationRehearsalOptions>> = {
  good: {},
  bad: { faults: [RehearsalFault.errors({ rate: 1 })] },
  late: { faults: [RehearsalFault.errors({ rate: 0.2, from: Duration.hours(20) })] },
  silent: { traffic: RehearsalTraffic.constant(0) },
  mixed: { traffic: RehearsalTraffic.daily(60, 1), faults: [RehearsalFault.errors({ rate: 0.004 }), RehearsalFault.coldStart()], maxDuration: Duration.days(2) },
  huge: { traffic: RehearsalTraffic.constant(10_000_000), faults: [RehearsalFault.leak({ perMinute: 1 })] },
};
for (const [name, world] of Object.entries(worlds)) {
  MigrationRehearsal.of(migration, { traffic: RehearsalTraffic.constant(1000), seeds: 5, ...world }).writeHtml(join(directory, `${name}.html`));
}
