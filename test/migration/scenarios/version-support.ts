import { resourcesOf } from './deployed';
import { ENDPOINT, type World } from './world';
import type { GateAnswer, GateEvent } from '../../../src/benchmark/contract';
import type { ModelVersion } from '../../../src/benchmark/core/types';
import { ModelSource, ServedModel } from '../../../src/model';
import { SAGEMAKER } from '../../support/standin/sagemaker';

/** The newcomer's model, compiled again: what a deploy of `migrationStack` with it makes another version. */
export const COMPILED_AGAIN = { inf2: { model: ServedModel.onNeuron(ModelSource.s3Uri('s3://models-bucket/bge/neuron-2/model.tar.gz')) } };

/** Puts the real handler behind the function whose id has this part, with the environment that is deployed. */
export function serve(world: World, part: string, handler: (event: GateEvent) => Promise<GateAnswer>): void {
  const { id, properties } = resourcesOf(world.deployed, 'AWS::Lambda::Function').find((one) => one.id.includes(part))!;
  Object.assign(process.env, properties.Environment.Variables);
  world.standIn.functions.set(id, handler as never);
}

/** What serves a variant now. */
export function live(world: World, variant: string): ModelVersion {
  const { EndpointConfigName } = world.endpoint;
  const { ProductionVariants } = world.standIn.call(SAGEMAKER, 'DescribeEndpointConfig', { EndpointConfigName }) as any;
  const { ModelName: modelName, InstanceType: instanceType, InferenceAmiVersion: inferenceAmiVersion } = ProductionVariants.find(({ VariantName }: any) => VariantName === variant);
  return { modelName, instanceType, ...inferenceAmiVersion === undefined ? {} : { inferenceAmiVersion }, instances: 1 };
}

/** What the run said of why it waits. */
export const holds = (world: World): string[] => world.events('Holding').map(({ detail }) => detail.message);

/** Until a deploy is done, and what comes after it has been judged. */
export async function settled(world: World): Promise<void> {
  await world.until(() => world.said('Resumed'), 30);
  await world.minutes(60);
}

export { ENDPOINT };
