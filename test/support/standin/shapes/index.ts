import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A trimmed botocore shape: see scripts/refresh-api-shapes.py. */
export interface Shape {
  readonly type: string;
  readonly required?: string[];
  readonly members?: Record<string, string>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
  readonly enum?: string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

export interface OperationShape {
  readonly input: string;
  readonly output?: string;
  readonly errors: string[];
}

/** The request and response shapes of one service. */
export interface ServiceShapes {
  readonly source: string;
  readonly date: string;
  readonly service: string;
  /** Of the header that names the operation; none where the service does not speak JSON that way. */
  readonly targetPrefix: string | null;
  readonly operations: Record<string, OperationShape>;
  readonly shapes: Record<string, Shape>;
}

function load(service: string): ServiceShapes {
  return JSON.parse(readFileSync(join(__dirname, `${service}.json`), 'utf8')) as ServiceShapes;
}

export const SAGEMAKER_SHAPES = load('sagemaker');
export const AUTOSCALING_SHAPES = load('application-autoscaling');
export const CLOUDWATCH_SHAPES = load('cloudwatch');
export const DYNAMODB_SHAPES = load('dynamodb');
export const EVENTS_SHAPES = load('events');
export const LAMBDA_SHAPES = load('lambda');
export const RUNTIME_SHAPES = load('sagemaker-runtime');
export const SNS_SHAPES = load('sns');
export const SSM_SHAPES = load('ssm');
export const STATES_SHAPES = load('stepfunctions');
