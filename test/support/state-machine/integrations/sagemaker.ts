import { callsOf } from '../../iam';
import { ServiceError } from '../../standin/errors';
import { SAGEMAKER } from '../../standin/sagemaker';
import type { ServiceShapes } from '../../standin/shapes';
import { SOMEONE, type Caller, type StandIn } from '../../standin/stand-in';
import { TaskError } from '../errors';
import type { Integration } from '../execution';

/** Step Functions names errors after the classes of the Java SDK: modelled ones end in Exception, others share one class. */
function errorName(shapes: ServiceShapes, operation: string, type: string): string {
  if (!shapes.operations[operation].errors.includes(type)) return 'SageMaker.SageMakerException';
  return `SageMaker.${type.endsWith('Exception') ? type : `${type}Exception`}`;
}

/** Timestamps are text in a state machine's data. */
function withDates(shapes: ServiceShapes, name: string | undefined, value: any): unknown {
  const shape = name === undefined ? undefined : shapes.shapes[name];
  if (!shape || value === null || value === undefined) return value;
  const entries = (memberOf: (key: string) => string | undefined) =>
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withDates(shapes, memberOf(key), item)]));
  switch (shape.type) {
    case 'timestamp': return new Date(value * 1000).toISOString();
    case 'structure': return entries((key) => shape.members?.[key]);
    case 'map': return entries(() => shape.value);
    case 'list': return value.map((item: unknown) => withDates(shapes, shape.member, item));
    default: return value;
  }
}

/** `aws-sdk:sagemaker:...` on the stand-in, in process. Errors and timestamps as in the seam of MiniStack. */
export function sagemaker(standIn: StandIn, caller: Caller = SOMEONE): Integration {
  const { shapes } = SAGEMAKER;
  return (action, input, { principal, record }) => {
    const operation = action[0].toUpperCase() + action.slice(1);
    if (!Object.hasOwn(SAGEMAKER.operations, operation)) throw new Error(`sagemaker: the stand-in has no operation ${operation}`);
    const before = standIn.control.calls.length;
    try {
      return withDates(shapes, shapes.operations[operation].output, standIn.call(SAGEMAKER, operation, input, caller)) ?? {};
    } catch (error) {
      // A stack in the text: the stand-in itself stumbled, see StandIn.call.
      if (!(error instanceof ServiceError) || / {4}at /.test(error.message)) throw error;
      const id = standIn.control.calls.at(-1)?.id;
      throw new TaskError(errorName(shapes, operation, error.type), `${error.message} (Service: SageMaker, Status Code: ${error.status}, Request ID: ${id})`);
    } finally {
      record(...callsOf(principal, standIn.control.calls.slice(before)));
    }
  };
}
