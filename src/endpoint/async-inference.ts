import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { prefixProblems } from './data-capture';
import { grantReadBelow, grantWriteBelow } from './s3-grants';
import { checkNumber } from '../private/checks';
import type { Problem } from '../private/problems';

/**
 * Makes an endpoint asynchronous: requests are read from S3, queued, and answered
 * in S3. Such an endpoint takes `InvokeEndpointAsync` only, and may scale to zero. A caller puts the
 * request below `inputPrefix` itself, and reads the answer below `outputPrefix`: `grantInvoke` does not cover these.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
 */
export interface AsyncInferenceOptions {
  /** The bucket that receives responses and failures. The variants' roles may write below the two prefixes only. */
  readonly bucket: s3.IBucket;

  /**
   * Where callers put their requests.
   *
   * @default - `bucket`
   */
  readonly inputBucket?: s3.IBucket;

  /**
   * Where in the input bucket requests lie, without slashes at the ends. The variants' roles may read below it only.
   *
   * @default 'async-input'
   */
  readonly inputPrefix?: string;

  /**
   * Where responses go, without slashes at the ends.
   *
   * @default 'async-output'
   */
  readonly outputPrefix?: string;

  /**
   * Where failures go, without slashes at the ends.
   *
   * @default 'async-failure'
   */
  readonly failurePrefix?: string;

  /**
   * Key for the responses.
   *
   * @default - the bucket's own encryption
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Told of every request that succeeded.
   *
   * @default - nobody is told
   */
  readonly successTopic?: sns.ITopic;

  /**
   * Told of every request that failed.
   *
   * @default - nobody is told
   */
  readonly errorTopic?: sns.ITopic;

  /**
   * Requests sent to one instance at the same time, 1 to 1,000.
   *
   * @default - SageMaker chooses
   */
  readonly maxConcurrentInvocationsPerInstance?: number;
}

const inputPrefix = (options: AsyncInferenceOptions) => options.inputPrefix ?? 'async-input';
const outputPrefix = (options: AsyncInferenceOptions) => options.outputPrefix ?? 'async-output';
const failurePrefix = (options: AsyncInferenceOptions) => options.failurePrefix ?? 'async-failure';

export function asyncInferenceProblems(options: AsyncInferenceOptions | undefined): Problem[] {
  if (options === undefined) return [];
  return [
    ...checkNumber('asyncInference.maxConcurrentInvocationsPerInstance', options.maxConcurrentInvocationsPerInstance, { min: 1, max: 1000, integer: true }),
    ...prefixProblems('asyncInference.inputPrefix', inputPrefix(options)),
    ...prefixProblems('asyncInference.outputPrefix', outputPrefix(options)),
    ...prefixProblems('asyncInference.failurePrefix', failurePrefix(options)),
  ];
}

export function renderAsyncInference(options: AsyncInferenceOptions): CfnEndpointConfig.AsyncInferenceConfigProperty {
  const { successTopic, errorTopic, maxConcurrentInvocationsPerInstance } = options;
  return {
    clientConfig: maxConcurrentInvocationsPerInstance === undefined ? undefined : { maxConcurrentInvocationsPerInstance },
    outputConfig: {
      s3OutputPath: options.bucket.s3UrlForObject(outputPrefix(options)),
      s3FailurePath: options.bucket.s3UrlForObject(failurePrefix(options)),
      kmsKeyId: options.encryptionKey?.keyArn,
      notificationConfig: successTopic ?? errorTopic
        ? { successTopic: successTopic?.topicArn, errorTopic: errorTopic?.topicArn }
        : undefined,
    },
  };
}

/** Reader, writer and publisher is the role of each variant's model. */
export function grantAsyncInference(options: AsyncInferenceOptions, grantee: iam.IGrantable): iam.Grant[] {
  const { bucket, inputBucket, encryptionKey, successTopic, errorTopic } = options;
  return [
    ...grantReadBelow(inputBucket ?? bucket, inputPrefix(options), grantee),
    ...grantWriteBelow(bucket, outputPrefix(options), grantee, encryptionKey),
    ...grantWriteBelow(bucket, failurePrefix(options), grantee, encryptionKey),
    ...[successTopic, errorTopic].flatMap((topic) => topic?.grantPublish(grantee) ?? []),
  ];
}
