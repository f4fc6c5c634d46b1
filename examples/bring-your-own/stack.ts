import * as sagemaker from '@aws-cdk/aws-sagemaker-alpha';
import { Duration, RemovalPolicy, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AcceleratorInstance, AcceleratorKind, InferenceEndpoint, NeuronSdk, ServedModel } from 'cdk-accelerators';
import type { Construct } from 'constructs';

/**
 * Your own container and your own SageMaker model (the L2 of
 * `@aws-cdk/aws-sagemaker-alpha`), on an asynchronous endpoint in your VPC: requests
 * wait in a queue, and the Inferentia2 instances scale to zero when it is empty.
 */
export class BringYourOwnStack extends Stack {
  public readonly endpoint: InferenceEndpoint;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    });
    vpc.addFlowLog('FlowLog');
    vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true, description: 'Requests, responses and volumes' });
    const bucket = new s3.Bucket(this, 'Requests', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [{ expiration: Duration.days(30) }],
    });

    // The role is made here because the alpha package would give the model AmazonSageMakerFullAccess. It is handed over as
    // an imported one, so that nothing adds to it.
    const images = ecr.Repository.fromRepositoryName(this, 'Images', 'my-neuron-server');
    const role = new iam.Role(this, 'ModelRole', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    images.grantPull(role);
    // A model this stack makes by other means: here the alpha package's L2.
    const model = new sagemaker.Model(this, 'Model', {
      role: iam.Role.fromRoleArn(this, 'ModelRoleAsIs', role.roleArn, { mutable: false }),
      containers: [{
        image: sagemaker.ContainerImage.fromEcrRepository(images, '1.4.0'),
        environment: { NEURON_RT_NUM_CORES: '2' },
      }],
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      networkIsolation: true,
    });
    model.node.addDependency(role.node.findChild('DefaultPolicy'));

    this.endpoint = new InferenceEndpoint(this, 'Endpoint', {
      volumeEncryptionKey: key,
      asyncInference: {
        bucket,
        encryptionKey: key,
        errorTopic: new sns.Topic(this, 'Failures', { masterKey: key, enforceSSL: true }),
        maxConcurrentInvocationsPerInstance: 4,
      },
    });
    this.endpoint.addVariant('inferentia2', {
      model: ServedModel.existing(model, { kind: AcceleratorKind.NEURON, neuronSdk: NeuronSdk.V2_26_1, role }),
      instanceType: AcceleratorInstance.INF2_8XLARGE,
      scaling: { minInstances: 0, maxInstances: 4, backlogPerInstance: 5, scaleInCooldown: Duration.minutes(10) },
    });

    // cdk-nag (AwsSolutions)
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken knows no resources; the pull itself is limited to the one repository of the image',
    }, {
      id: 'AwsSolutions-IAM5[Action::kms:GenerateDataKey*]',
      reason: 'What aws-cdk-lib grants to publish to an encrypted topic; the right is limited to the one key of this stack',
    }, ...['async-input', 'async-output', 'async-failure'].map((prefix) => ({
      id: `AwsSolutions-IAM5[Resource::<${this.getLogicalId(bucket.node.defaultChild as s3.CfnBucket)}.Arn>/${prefix}/*]`,
      reason: `Requests and answers are objects whose names nobody knows beforehand; the prefix ${prefix}/ holds nothing else`,
    })));
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Requests and responses of one endpoint, deleted after 30 days; a second bucket for access logs would hide what the example shows',
    });
  }
}
