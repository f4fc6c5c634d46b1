// Runs in the emulator: starts a training job unless another execution of its machine runs, looks at it, registers its model.
const {
  CreateModelPackageCommand, CreateTrainingJobCommand, DescribeTrainingJobCommand, ListModelPackagesCommand, ListTrainingJobsCommand, SageMakerClient,
} = require('@aws-sdk/client-sagemaker');
const { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } = require('@aws-sdk/client-sfn');

const sagemaker = new SageMakerClient({});
const states = new SFNClient({});
const IMAGE = '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training-neuronx:1';

const ACTIONS = {
  async start({ role, subnet, securityGroup, machine, machineName, name, redrives, input }) {
    const { executions } = await states.send(new ListExecutionsCommand({ stateMachineArn: machine, statusFilter: 'RUNNING' }));
    const { redriveCount } = await states.send(new DescribeExecutionCommand({ executionArn: executions[0].executionArn }));
    const job = `smoke-${name}`.slice(0, 36).replace(/[^a-zA-Z0-9]+/g, '-').replace(/-$/, '');
    await sagemaker.send(new CreateTrainingJobCommand({
      TrainingJobName: job,
      RoleArn: role,
      AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File', MetricDefinitions: [{ Name: 'f1', Regex: 'f1=(.*)' }] },
      ResourceConfig: { VolumeSizeInGB: 30, InstancePreferences: [{ InstanceType: 'ml.trn1.32xlarge', InstanceCount: 1 }, { InstanceType: 'ml.trn1.2xlarge', InstanceCount: 2 }] },
      VpcConfig: { SecurityGroupIds: [securityGroup], Subnets: [subnet] },
      OutputDataConfig: { S3OutputPath: 's3://smoke-training/jobs' },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    }));
    return { job, machineName, redrives, redriveCount, running: executions.map((one) => [one.name === name, one.redriveCount]), input };
  },
  async look({ input }) {
    const { TrainingJobSummaries } = await sagemaker.send(new ListTrainingJobsCommand({ NameContains: 'smoke-', MaxResults: 10 }));
    const { TrainingJobStatus, ResourceConfig, FinalMetricDataList, ModelArtifacts } = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: input.start.Payload.job }));
    return { status: TrainingJobStatus, selected: ResourceConfig.SelectedInstanceType, metrics: FinalMetricDataList, model: ModelArtifacts.S3ModelArtifacts, jobs: TrainingJobSummaries.length };
  },
  async register({ group, input }) {
    const create = () => sagemaker.send(new CreateModelPackageCommand({
      ModelPackageGroupName: group, ClientToken: input.start.Payload.job, ModelApprovalStatus: 'PendingManualApproval',
      InferenceSpecification: { Containers: [{ Image: IMAGE, ModelDataUrl: input.look.Payload.model }] },
    }));
    const [{ ModelPackageArn: arn }, again] = [await create(), await create()];
    const { ModelPackageSummaryList } = await sagemaker.send(new ListModelPackagesCommand({ ModelPackageGroupName: group }));
    return { arn, same: again.ModelPackageArn === arn, versions: ModelPackageSummaryList.length };
  },
};

exports.handler = async (event) => ACTIONS[event.action](event);
