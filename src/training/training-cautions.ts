import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OWNER } from './contract';
import type { Findings } from './core/rung-checks';
import type { ResolvedRung } from './resolved-rung';
import type { TrainingTaskProps } from './training-job-props';
import { InstanceUse, PriceBook, PurchaseOption } from '../hardware';
import type { Problem } from '../private/problems';

/** Members of a request that other parts of a training describe: another value would make roles, grants and outputs lie. */
const DESCRIBED = ['TrainingJobName', 'RoleArn', 'OutputDataConfig', 'Tags', 'CheckpointConfig'];

/** Variables that the launcher and a run set. */
const RESERVED = ['TRAINING_ENTRY_POINT', 'TRAINING_LAUNCHER', 'TRAINING_PROCESSES_PER_NODE', 'RUN_NEURON_PARALLEL_COMPILE', OWNER];

export function overrideProblems(overrides: TrainingTaskProps['requestOverrides']): Problem[] {
  return Object.keys(overrides ?? {}).flatMap((name) => [
    ...DESCRIBED.includes(name) ? [{ prop: `requestOverrides.${name}`, got: 'a value', allowed: 'other members: roles, grants and outputs of this training are made for its own', fix: 'use the prop for it' }] : [],
    ...(/^[A-Z][A-Za-z]*$/).test(name) ? [] : [{ prop: `requestOverrides.${name}`, got: `the name ${JSON.stringify(name)}`, allowed: 'members as the API spells them, with a capital letter first', fix: 'see CreateTrainingJob in the API reference' }],
  ]);
}

export function reservedProblems({ environment, rungs }: TrainingTaskProps): Problem[] {
  const places = [['environment', environment], ...rungs.map((rung, i) => [`rungs[${i}].environment`, rung.environment])] as [string, Record<string, string> | undefined][];
  return places.flatMap(([prop, values]) => RESERVED.filter((name) => Object.hasOwn(values ?? {}, name)).map((name) => ({
    prop: `${prop}.${name}`, got: 'a value', allowed: 'other names: the launcher sets this one', fix: 'leave it out, and see code, processesPerInstance and precompile',
  })));
}

export function isolationProblems({ code, networkIsolation }: TrainingTaskProps): Problem[] {
  if (networkIsolation !== true || !code._installs) return [];
  return [{ prop: 'networkIsolation', got: 'true, with a requirements.txt beside the script', allowed: 'a container without a network installs nothing', fix: 'put the packages into the image, and name requirements.txt in exclude' }];
}

/** What a region does not sell, or sells by reservation only; price lists age, so these are warnings. */
export function marketWarnings(scope: Construct, { prop, instance, given }: ResolvedRung): Findings['warnings'] {
  const { region } = Stack.of(scope);
  const book = PriceBook.bundled();
  const holding = Token.isUnresolved(region) ? undefined : given.image._regions();
  return [
    ...holding !== undefined && !holding.includes(region) ? [{
      id: 'trainingImageRegion',
      problem: { prop: `${prop}.image`, got: `${given.image} in ${region}`, allowed: `the regions known to hold it: ${holding.join(', ')}`, fix: 'copy the image to a repository of your own and pass it with TrainingImage.fromEcrRepository, or acknowledge it when you know that this region has it' },
    }] : [],
    ...!Token.isUnresolved(region) && book.isListed(region, instance, InstanceUse.TRAINING) === false ? [{
      id: 'trainingRegion',
      problem: { prop: `${prop}.instanceType`, got: `${instance.name} in ${region}`, allowed: `${instance.name} in ${book.regionsWith(instance, InstanceUse.TRAINING).join(', ')}, by the price lists`, fix: 'train in one of these regions, or acknowledge it when you know that this one has it' },
    }] : [],
    ...instance.purchase !== PurchaseOption.ON_DEMAND && given.trainingPlanArn === undefined ? [{
      id: 'trainingPlanMissing',
      problem: { prop: `${prop}.trainingPlanArn`, got: `nothing, for ${instance.name}`, allowed: 'a training plan: the type is sold through plans and Capacity Blocks', fix: 'give the ARN of a plan, or let this rung come after one that is to be had' },
    }] : [],
  ];
}

/** The network interfaces of jobs have no public addresses: a way to the internet has to be a NAT. */
export function networkWarnings({ vpc, vpcSubnets }: TrainingTaskProps): Findings['warnings'] {
  if (vpc === undefined) return [];
  const open = new Set(vpc.publicSubnets.map(({ subnetId }) => subnetId));
  return vpc.selectSubnets(vpcSubnets).subnetIds.some((id) => open.has(id)) ? [{
    id: 'trainingInPublicSubnets',
    problem: { prop: 'vpcSubnets', got: 'public subnets', allowed: 'subnets with a NAT or with endpoints for S3, ECR and CloudWatch Logs: jobs get no public addresses', fix: 'select private subnets' },
  }] : [];
}

export function timeoutWarnings({ policies, checkpoints }: TrainingTaskProps): Findings['warnings'] {
  if (checkpoints !== undefined || (policies?.timeoutAttempts ?? 1) === 1) return [];
  return [{ id: 'timeoutsWithoutCheckpoints', problem: { prop: 'policies.timeoutAttempts', got: `${policies!.timeoutAttempts}, without checkpoints`, allowed: '1: each try begins anew, and runs out of time again', fix: 'give checkpoints' } }];
}
