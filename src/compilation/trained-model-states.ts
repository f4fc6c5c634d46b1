import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { KeyEvent } from './core/trained-model';
import { AwsTask } from '../private/aws-task';

/** What a compilation needs to know whose source comes with the execution. */
export interface TrainedModelStates {
  readonly functionArn: string;
  /** What the function is told besides the model. */
  readonly event: Omit<KeyEvent, 'model'>;
  readonly statements: { readonly invoke: iam.PolicyStatement; readonly list: iam.PolicyStatement };
}

interface Ways {
  /** With retries, and its failure recorded. */
  readonly careful: (task: AwsTask) => AwsTask;
  readonly found: sfn.IChainable;
  readonly failed: sfn.IChainable;
}

/**
 * From the input of the states to what `trainedModelKey` makes of it. A path that leads nowhere ends an execution where nothing catches it, so it is
 * asked for first; and what else is in the input is left behind, so that it is not taken for data of ours.
 */
export function makeKey(scope: Construct, { functionArn, event, statements }: TrainedModelStates, { careful, found, failed }: Ways): sfn.State {
  const task = careful(new AwsTask(scope, 'Make the key', {
    integration: 'lambda:invoke',
    parameters: { FunctionName: functionArn, Payload: { ...event, 'model.$': '$.model' } },
    outputPath: '$.Payload',
    statements: [statements.invoke],
  }));
  const answered = new sfn.Choice(scope, 'Can it be compiled?').when(sfn.Condition.isPresent('$.reason'), failed).otherwise(found);
  const nothing = `\`${event.path}\`: got nothing; allowed: an object with uri and revision; fix: start the execution with one there, or change \`modelPath\``;
  return new sfn.Choice(scope, 'Is a model named?')
    .when(sfn.Condition.isPresent(event.path), new sfn.Pass(scope, 'Take the model', { parameters: { 'model.$': event.path } }).next(task).next(answered))
    .otherwise(new sfn.Pass(scope, 'No model is named', { parameters: { reason: nothing } }).next(failed));
}

/** Before a job is made: without its source it would be paid for until it fails. */
export function findSource(scope: Construct, { event, statements }: TrainedModelStates, { careful, found, failed }: Ways): sfn.IChainable {
  const list = careful(new AwsTask(scope, 'Find the source', {
    integration: 'aws-sdk:s3:listObjectsV2',
    parameters: { 'Bucket': event.models.bucket, 'Prefix.$': '$.sourceKey', 'MaxKeys': 1 },
    resultPath: '$.source',
    statements: [statements.list],
  }));
  // Of all keys that begin with it, the key itself comes first.
  const first = '$.source.Contents[0].Key';
  const missing = `\`${event.path}.uri\`: got {}, where no object is; allowed: the address of an archive that is there; fix: start the execution once the model is written`;
  return list.next(new sfn.Choice(scope, 'Is the source there?')
    .when(sfn.Condition.and(sfn.Condition.isPresent(first), sfn.Condition.stringEqualsJsonPath(first, '$.sourceKey')), found)
    .otherwise(new sfn.Pass(scope, 'No source', { parameters: { 'reason.$': `States.Format('${missing}', $.sourceUri)` } }).next(failed)));
}
