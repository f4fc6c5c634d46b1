import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import { grantWriteBelow } from './s3-grants';
import { checkNumber, checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';

/** What of a request is captured. */
export enum CaptureMode {
  /** The request body. */
  INPUT = 'Input',
  /** The response body. */
  OUTPUT = 'Output',
}

/**
 * Copies of requests and responses written to S3.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
 */
export interface DataCaptureOptions {
  /** The bucket that receives the captured data. The variants' roles may write below `prefix` only. */
  readonly bucket: s3.IBucket;

  /**
   * Where in the bucket, without slashes at the ends.
   *
   * @default 'data-capture'
   */
  readonly prefix?: string;

  /**
   * Percentage of requests that is captured, 0 to 100.
   *
   * @default 100
   */
  readonly samplingPercentage?: number;

  /**
   * What is captured.
   *
   * @default - input and output
   */
  readonly modes?: CaptureMode[];

  /**
   * Key for the captured objects.
   *
   * @default - the bucket's own encryption
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Content types kept as readable JSON; anything else is stored base64-encoded.
   *
   * @default ['application/json']
   */
  readonly jsonContentTypes?: string[];

  /**
   * Content types kept as readable CSV.
   *
   * @default ['text/csv']
   */
  readonly csvContentTypes?: string[];
}

const prefixOf = (options: DataCaptureOptions) => options.prefix ?? 'data-capture';

export function dataCaptureProblems(options: DataCaptureOptions | undefined): Problem[] {
  if (options === undefined) return [];
  const problems = checkNumber('dataCapture.samplingPercentage', options.samplingPercentage, { min: 0, max: 100, integer: true, unit: 'percent' });
  if (options.modes?.length === 0) {
    problems.push({ prop: 'dataCapture.modes', got: 'an empty list', allowed: 'at least one of CaptureMode.INPUT, CaptureMode.OUTPUT', fix: 'leave `modes` out to capture both' });
  }
  return [
    ...problems,
    ...(['jsonContentTypes', 'csvContentTypes'] as const).flatMap((name) => typeProblems(`dataCapture.${name}`, options[name])),
    ...prefixProblems('dataCapture.prefix', prefixOf(options)),
  ];
}

/** The API's limits of `CaptureContentTypeHeader`: 1 to 10 types each. */
function typeProblems(prop: string, types: string[] | undefined): Problem[] {
  if (types === undefined) return [];
  if (types.length < 1 || types.length > 10) return [{ prop, got: `${types.length} types`, allowed: '1 to 10', fix: types.length === 0 ? `leave \`${prop.split('.')[1]}\` out for the default` : 'keep the types the containers speak' }];
  return types.flatMap((type, i) => checkPattern(`${prop}[${i}]`, type, /^[a-zA-Z0-9](-*[a-zA-Z0-9])*\/[a-zA-Z0-9](-*[a-zA-Z0-9.])*$/, 'a type such as "application/json"'));
}

/** A prefix is written between slashes of our own, and into the resources of a policy, where wildcards and variables would widen it. */
export function prefixProblems(prop: string, prefix: string): Problem[] {
  return checkPattern(prop, prefix, /^(?!.*(?:[*?]|\$\{))[^/\s](?:.*[^/\s])?$/, 'a prefix that neither starts nor ends with a slash or blank, without "*", "?" and "${"', 'give e.g. "captured/my-endpoint"');
}

export function renderDataCapture(options: DataCaptureOptions): CfnEndpointConfig.DataCaptureConfigProperty {
  const modes = options.modes ?? [CaptureMode.INPUT, CaptureMode.OUTPUT];
  return {
    enableCapture: true,
    initialSamplingPercentage: options.samplingPercentage ?? 100,
    destinationS3Uri: options.bucket.s3UrlForObject(prefixOf(options)),
    captureOptions: [...new Set(modes)].map((captureMode) => ({ captureMode })),
    captureContentTypeHeader: {
      jsonContentTypes: options.jsonContentTypes ?? ['application/json'],
      csvContentTypes: options.csvContentTypes ?? ['text/csv'],
    },
    kmsKeyId: options.encryptionKey?.keyArn,
  };
}

/** The writer is the role of each variant's model. */
export function grantDataCapture(options: DataCaptureOptions, grantee: iam.IGrantable): iam.Grant[] {
  return grantWriteBelow(options.bucket, prefixOf(options), grantee, options.encryptionKey);
}
