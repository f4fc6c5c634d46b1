import { Duration } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { trained, filled, templateOf, allowed, ofType, definition, TRN1, P4D, bucketOf, vpcOf } from './support';
import { TrainingPipeline, ServingImage, TrainingInput, CompilationShapes } from '../../src';
test('x', () => {
  const { stack, training } = trained((s) => ({ checkpoints: {}, rungs: [{ ...TRN1, precompile: {} }, P4D], registration: { groupName: 'g', image: ServingImage.HF_INFERENCE_2_6_GPU }, inputs: { train: TrainingInput.s3(bucketOf(s, 'data'), 'train/') }, vpc: vpcOf(s) }));
  training.addSchedule('W', { schedule: scheduler.ScheduleExpression.rate(Duration.days(7)), flexibleWindow: Duration.minutes(5), parameters: { hyperParameters: { a: 1 } } });
  training.addTrigger('T', { eventPattern: { source: ['aws.s3'] } , parameters: { hyperParameters: { a: 1 } } });
  new TrainingPipeline(stack, 'P', { training, compilation: { shapes: CompilationShapes.textEncoder({ batchSize: 1, sequenceLength: 128 }) } });
  const t = templateOf(stack);
  const out: string[] = [];
  for (const [id, r] of Object.entries(t.Resources)) { let p: any; try { p = filled(stack, r.Properties); } catch (e: any) { p = { ERR: e.message }; } if (r.Type.includes('StateMachine')) { p = { ...p, DefinitionString: '...' }; } out.push(`${id} ${r.Type}\n   ${JSON.stringify(p)}`); }
  out.push(JSON.stringify((t as any).Outputs, null, 1));
  out.push(JSON.stringify(definition(stack, 'PStateMachine'), null, 1));
  require('fs').writeFileSync('/tmp/res.txt', out.join('\n'));
  void allowed; void ofType;
});
