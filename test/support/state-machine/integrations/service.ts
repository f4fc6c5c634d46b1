import { callsOf } from '../../iam';
import { AUTOSCALING } from '../../standin/autoscaling';
import { CLOUDWATCH } from '../../standin/cloudwatch';
import { DYNAMODB } from '../../standin/dynamodb';
import { ServiceError } from '../../standin/errors';
import { EVENTS } from '../../standin/events';
import { andThen } from '../../standin/eventually';
import { RUNTIME } from '../../standin/runtime';
import { SAGEMAKER } from '../../standin/sagemaker';
import type { Service } from '../../standin/service';
import type { ServiceShapes } from '../../standin/shapes';
import { SNS } from '../../standin/sns';
import { SSM } from '../../standin/ssm';
import { SOMEONE, type Caller, type StandIn } from '../../standin/stand-in';
import { STATES } from '../../standin/states';
import { TaskError } from '../errors';
import type { Integration, Integrations, TaskContext } from '../execution';

/** Classes of optimized integrations, where they are not those of the SDK (Step Functions developer guide, "Integrating optimized services"). */
const OPTIMIZED: Readonly<Record<string, string>> = { DynamoDb: 'DynamoDB', Sns: 'SNS' };

/** Step Functions names errors after the classes of the Java SDK: modelled ones end in Exception, others share one class. */
function errorName({ shapes, className }: Service, operation: string, type: string, sdk: boolean): string {
  const prefix = sdk ? className : OPTIMIZED[className] ?? className;
  if (!shapes.operations[operation].errors.includes(type)) return `${prefix}.${className}Exception`;
  return `${prefix}.${type.endsWith('Exception') ? type : `${type}Exception`}`;
}

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** A value member by member: names as the API or as Step Functions spells them, timestamps as numbers or as text. */
function translated(shapes: ServiceShapes, name: string | undefined, value: any, to: 'api' | 'states'): unknown {
  const shape = name === undefined ? undefined : shapes.shapes[name];
  if (!shape || value === null || value === undefined) return value;
  const inside = (inner: string | undefined, item: unknown) => translated(shapes, inner, item, to);
  switch (shape.type) {
    case 'timestamp': return to === 'states' ? new Date(value * 1000).toISOString() : typeof value === 'string' ? Date.parse(value) / 1000 : value;
    // Structures are in upper case in a state machine, whatever case the API has.
    case 'structure': return Object.fromEntries(Object.entries(value).map(([key, item]) => {
      const member = Object.keys(shape.members ?? {}).find((other) => upper(other) === key) ?? key;
      return [to === 'states' ? upper(key) : member, inside(shape.members?.[member], item)];
    }));
    case 'map': return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(shape.value, item)]));
    case 'list': return value.map((item: unknown) => inside(shape.member, item));
    default: return value;
  }
}

/** `aws-sdk:<service>:...` on the stand-in, in process. Errors and timestamps as in the seam of MiniStack. */
export function service(standIn: StandIn, target: Service, caller: Caller = SOMEONE): Integration {
  const { shapes, className } = target;
  return (action, input, { principal, record, sdk }) => {
    const operation = upper(action);
    if (!Object.hasOwn(target.operations, operation)) throw new Error(`${shapes.service}: the stand-in has no operation ${operation}`);
    const before = standIn.control.calls.length;
    const fails = (error: unknown): never => {
      // A stack in the text: the stand-in itself stumbled, see StandIn.call.
      if (!(error instanceof ServiceError) || / {4}at /.test(error.message)) throw error;
      const id = standIn.control.calls.at(-1)?.id;
      throw new TaskError(errorName(target, operation, error.type, sdk), `${error.message} (Service: ${className}, Status Code: ${error.status}, Request ID: ${id})`);
    };
    const answered = (answer: object) => translated(shapes, shapes.operations[operation].output, answer, 'states') ?? {};
    try {
      const answer = standIn.request(target, operation, translated(shapes, shapes.operations[operation].input, input, 'api'), caller);
      return answer instanceof Promise ? answer.then(answered, fails) : answered(answer);
    } catch (error) {
      return fails(error);
    } finally {
      record(...callsOf(principal, standIn.control.calls.slice(before)));
    }
  };
}

/** SageMaker alone. */
export const sagemaker = (standIn: StandIn, caller?: Caller): Integration => service(standIn, SAGEMAKER, caller);

/**
 * `events:putEvents`: Detail may be an object, the execution and its machine are added to the resources, and an entry that fails fails
 * the task (LocalStack's snapshots of this task, recorded against AWS on 2023-09-12).
 */
function events(standIn: StandIn, caller?: Caller): Integration {
  const put = service(standIn, EVENTS, caller);
  return (operation, { Entries, ...rest }: { readonly Entries: readonly any[] }, context: TaskContext) => {
    const entries = Entries.map(({ Detail, Resources = [], ...entry }) => ({
      ...entry, Detail: typeof Detail === 'object' ? JSON.stringify(Detail) : Detail, Resources: [...Resources, context.stateMachineArn, context.executionArn],
    }));
    return andThen(put(operation, { ...rest, Entries: entries }, context) as { FailedEntryCount: number }, (answer) => {
      if (answer.FailedEntryCount > 0) throw new TaskError('EventBridge.FailedEntry', JSON.stringify(answer));
      return answer;
    });
  };
}

/** Every service of the stand-in under its name in Resources; Lambda functions, S3 and state machines have integrations of their own. */
export function awsServices(standIn: StandIn, caller?: Caller): Integrations {
  const of = (target: Service) => service(standIn, target, caller);
  return {
    applicationautoscaling: of(AUTOSCALING),
    cloudwatch: of(CLOUDWATCH),
    dynamodb: of(DYNAMODB),
    eventbridge: of(EVENTS),
    events: events(standIn, caller),
    sagemaker: of(SAGEMAKER),
    sagemakerruntime: of(RUNTIME),
    sfn: of(STATES),
    sns: of(SNS),
    ssm: of(SSM),
  };
}
