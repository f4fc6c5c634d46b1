import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AcceleratorInstance, InferenceEndpoint, ModelSource, ServedModel, ServingImage,
  type EndpointVariantProps, type InferenceEndpointProps,
} from '../../src';

/** What every test of the endpoint room starts from: one stack, one model per vendor. */
export const ENV = { account: '111122223333', region: 'us-east-1' };
export const REVISION = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';

/** A plain stack in us-east-1; `env: undefined` makes it agnostic. */
export function newStack(props: StackProps = { env: ENV }, id = 'Stack'): Stack {
  return new Stack(new App(), id, props);
}

/** An encoder from the Hub on the default GPU image (CUDA 12.4). */
export const gpuModel = () => ServedModel.onGpu(ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: REVISION }));
/** A compiled encoder from S3 on the default Neuron image. */
export const neuronModel = () => ServedModel.onNeuron(ModelSource.s3Uri('s3://models-bucket/bge/neuron/model.tar.gz'));
/** A server of language models on CUDA 13. */
export const llmModel = () => ServedModel.onGpu(
  ModelSource.huggingFace('meta-llama/Llama-3.1-8B-Instruct', { revision: REVISION }),
  { image: ServingImage.VLLM_0_27_1_GPU },
);

export const G5: EndpointVariantProps = { model: gpuModel(), instanceType: AcceleratorInstance.G5_XLARGE };
export const INF2: EndpointVariantProps = { model: neuronModel(), instanceType: AcceleratorInstance.INF2_XLARGE };

/** An endpoint with one GPU variant named `gpu`. */
export function oneVariant(variant: Partial<EndpointVariantProps> = {}, props: InferenceEndpointProps = {}, stack = newStack()) {
  const endpoint = new InferenceEndpoint(stack, 'Endpoint', props);
  return { stack, endpoint, variant: endpoint.addVariant('gpu', { ...G5, ...variant }) };
}

/** An endpoint with `gpu` on ml.g5.xlarge and `inf2` on ml.inf2.xlarge. */
export function twoVariants(
  { gpu = {}, inf2 = {} }: { gpu?: Partial<EndpointVariantProps>; inf2?: Partial<EndpointVariantProps> } = {},
  props: InferenceEndpointProps = {},
  stack = newStack(),
) {
  const endpoint = new InferenceEndpoint(stack, 'Endpoint', props);
  return {
    stack,
    endpoint,
    gpu: endpoint.addVariant('gpu', { ...G5, ...gpu }),
    inf2: endpoint.addVariant('inf2', { ...INF2, ...inf2 }),
  };
}

/** The only resource of a type, with its logical id. */
export function only(template: Template, type: string): [id: string, properties: any, resource: any] {
  const found = Object.entries(template.findResources(type));
  expect(found).toHaveLength(1);
  const [id, resource] = found[0];
  return [id, resource.Properties, resource];
}

export const CONFIG = 'AWS::SageMaker::EndpointConfig';
export const ENDPOINT = 'AWS::SageMaker::Endpoint';
export const MODEL = 'AWS::SageMaker::Model';
export const TARGET = 'AWS::ApplicationAutoScaling::ScalableTarget';
export const POLICY = 'AWS::ApplicationAutoScaling::ScalingPolicy';

/** Properties of the endpoint configuration. */
export const config = (stack: Stack) => only(Template.fromStack(stack), CONFIG)[1];
/** Production variants of the endpoint configuration. */
export const variants = (stack: Stack): any[] => config(stack).ProductionVariants;
/** Properties of the endpoint. */
export const endpointProps = (stack: Stack) => only(Template.fromStack(stack), ENDPOINT)[1];

/** All statements of the roles and policies whose logical id begins like this: those inside roles first, then those beside them. */
export function statements(stack: Stack, idStart: string): any[] {
  return [...inlineStatements(stack, idStart), ...addedStatements(stack, idStart)];
}

/** The statements inside the roles whose logical id begins like this. */
export function inlineStatements(stack: Stack, idStart: string): any[] {
  return named(stack, 'AWS::IAM::Role', idStart).flatMap((role) => role.Properties.Policies ?? []).flatMap((policy) => policy.PolicyDocument.Statement);
}

/** The statements of the policies whose logical id begins like this. */
export function addedStatements(stack: Stack, idStart: string): any[] {
  return named(stack, 'AWS::IAM::Policy', idStart).flatMap((policy) => policy.Properties.PolicyDocument.Statement);
}

function named(stack: Stack, type: string, idStart: string): any[] {
  return Object.entries(Template.fromStack(stack).findResources(type)).filter(([id]) => id.startsWith(idStart)).map(([, resource]) => resource);
}
