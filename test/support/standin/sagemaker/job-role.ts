import { argumentValues, type JobRun } from './job-program';
import { parseS3Uri } from '../objects';
import type { CallContext } from '../service';
import type { JobRecord } from '../state';

const INTERFACE = 'network-interface/eni-00000000000000000';
const NETWORK_LOOKUPS = ['DescribeDhcpOptions', 'DescribeNetworkInterfaces', 'DescribeSecurityGroups', 'DescribeSubnets', 'DescribeVpcs'];

/**
 * What SageMaker does with the rights of a job's role, written down for a simulation of IAM.
 *
 * The actions are those of "CreateProcessingJob API: execution role permissions" and "CreateTrainingJob API: execution role
 * permissions" (developer guide, sagemaker-roles; awsdocs/amazon-sagemaker-developer-guide 00adebd). Not from there:
 * - the conditions and the ARNs: of a listing, its prefix; of a key that S3 uses, the service it comes through; of a log group and
 *   stream, the resource types of the service authorization reference;
 * - `kms:GenerateDataKey` and `kms:Decrypt` for outputs, which S3 needs for SSE-KMS in parts (S3 user guide), besides the
 *   `kms:Encrypt` of the page;
 * - reads and removals below a checkpoint address: "existing checkpoints in S3 are written to the container at the start of the
 *   job", "if a checkpoint is deleted in the container, it will also be deleted in the S3 folder" (model-checkpoints);
 * - `secretsmanager:GetSecretValue`, which is the compile script's own call.
 * Left out: `cloudwatch:PutMetricData` of a job without metric definitions, `s3:AbortMultipartUpload`, which no upload that goes
 * well needs, and `kms:Decrypt` for inputs, as it is not known here which ones are encrypted.
 */
export class JobRole {
  constructor(private readonly context: CallContext, private readonly job: JobRecord) {}

  /** Before the instances are there. */
  joinNetwork(): void {
    const { vpc } = this.job.plan;
    if (!vpc) return;
    for (const lookup of NETWORK_LOOKUPS) this.call(`ec2:${lookup}`, '*');
    const parts = [INTERFACE, ...vpc.Subnets!.map((id) => `subnet/${id}`), ...vpc.SecurityGroupIds!.map((id) => `security-group/${id}`)];
    for (const part of parts) this.call('ec2:CreateNetworkInterface', this.arn('ec2', part));
    this.call('ec2:CreateNetworkInterfacePermission', this.arn('ec2', INTERFACE));
  }

  leaveNetwork(): void {
    if (!this.job.plan.vpc) return;
    for (const action of ['ec2:DeleteNetworkInterfacePermission', 'ec2:DeleteNetworkInterface']) this.call(action, this.arn('ec2', INTERFACE));
  }

  attachVolume(): void {
    const { volumeKey } = this.job.plan;
    if (volumeKey !== undefined) this.call('kms:CreateGrant', this.keyArn(volumeKey));
  }

  /** Images that are not in a private ECR repository need no rights. */
  pullImage(): void {
    const [, account, region, repository] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(this.job.plan.image ?? '') ?? [];
    if (repository === undefined) return;
    this.call('ecr:GetAuthorizationToken', '*');
    for (const action of ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer']) {
      this.call(`ecr:${action}`, `arn:aws:ecr:${region}:${account}:repository/${repository}`);
    }
  }

  list(uri: string): void {
    const { bucket, key } = parseS3Uri(uri);
    this.call('s3:ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': key });
  }

  /** Reads, writes or removes an object. */
  object(action: 's3:GetObject' | 's3:PutObject' | 's3:DeleteObject', bucket: string, key: string): void {
    this.call(action, `arn:aws:s3:::${bucket}/${key}`);
    const { outputKey } = this.job.plan;
    if (action !== 's3:PutObject' || outputKey === undefined) return;
    const through = { 'kms:ViaService': `s3.${this.context.region}.amazonaws.com` };
    for (const right of ['Encrypt', 'GenerateDataKey', 'Decrypt']) this.call(`kms:${right}`, this.keyArn(outputKey), through);
  }

  openLog(group: string, stream: string): void {
    const arn = this.arn('logs', `log-group:${group}`);
    for (const action of ['CreateLogGroup', 'DescribeLogStreams']) this.call(`logs:${action}`, arn);
    // Denials of CreateLogStream name the stream.
    for (const action of ['CreateLogStream', 'PutLogEvents']) this.call(`logs:${action}`, `${arn}:log-stream:${stream}`);
    if (!this.job.plan.logMetrics) return;
    this.call('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': group });
  }

  /** What the compile script asks for itself. */
  readSecrets(run: JobRun): void {
    // By its ARN, by an ARN without the end, or by its name; IAM sees the whole ARN, which ends in six characters of its own.
    for (const secret of argumentValues(run, 'token-secret')) {
      const arn = secret.startsWith('arn:') ? secret : this.arn('secretsmanager', `secret:${secret}`);
      const whole = arn === secret && /-[A-Za-z0-9]{6}$/.test(arn);
      this.call('secretsmanager:GetSecretValue', whole ? arn : `${arn}-AbCdEf`);
    }
  }

  private call(action: string, resource: string, context?: Record<string, string>): void {
    this.context.control.roleCalls.push({ roleArn: this.job.plan.roleArn, action, resource, ...context && { context } });
  }

  private arn(service: string, rest: string): string {
    return `arn:aws:${service}:${this.context.region}:${this.context.account}:${rest}`;
  }

  /** A key may be given by its id; what an alias stands for is not known here. */
  private keyArn(key: string): string {
    if (key.startsWith('arn:')) return key;
    return this.arn('kms', key.startsWith('alias/') ? key : `key/${key}`);
  }
}
