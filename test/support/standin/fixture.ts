import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  CreateEndpointCommand, CreateEndpointConfigCommand, CreateModelCommand, DescribeEndpointCommand, SageMakerClient,
  type CreateEndpointConfigCommandInput, type DescribeEndpointCommandOutput, type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { VirtualClock } from './clock';
import type { Durations } from './control';
import { serve, type RunningServer } from './server';
import { StandIn } from './stand-in';

export const ROLE = 'arn:aws:iam::123456789012:role/serving';
export const IMAGE = '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.6.0';

/** A GPU variant with all traffic. */
export const GPU: ProductionVariant = {
  VariantName: 'gpu', ModelName: 'gpu-model', InstanceType: 'ml.g5.xlarge', InitialInstanceCount: 1, InitialVariantWeight: 1,
};
/** An Inferentia2 variant without traffic. */
export const INF2: ProductionVariant = {
  VariantName: 'inf2', ModelName: 'inf2-model', InstanceType: 'ml.inf2.xlarge', InitialInstanceCount: 1, InitialVariantWeight: 0,
};

interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A stand-in in virtual time behind a port, and the real SDK clients in front of it. */
export class Fixture {
  static async start(durations: Partial<Durations> = {}): Promise<Fixture> {
    const standIn = new StandIn({ clock: new VirtualClock(), durations });
    return new Fixture(standIn, await serve(standIn));
  }

  readonly sagemaker: SageMakerClient;
  readonly autoscaling: ApplicationAutoScalingClient;
  private readonly clients: { destroy(): void }[] = [];

  private constructor(readonly standIn: StandIn, readonly server: RunningServer) {
    this.sagemaker = this.client(SageMakerClient);
    this.autoscaling = this.client(ApplicationAutoScalingClient);
  }

  /** A client of the SDK that speaks to the stand-in. */
  client<T extends { destroy(): void }>(Client: new (config: ClientConfig) => T): T {
    const client = new Client({
      endpoint: this.server.url,
      region: 'us-east-1',
      // One attempt: what is refused must be seen, not retried.
      maxAttempts: 1,
      credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' },
    });
    this.clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await this.server.close();
  }

  async models(...names: string[]): Promise<void> {
    for (const name of names) {
      await this.sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE } }));
    }
  }

  async config(name: string, variants: ProductionVariant[] = [GPU, INF2], rest: Partial<CreateEndpointConfigCommandInput> = {}): Promise<void> {
    await this.sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: variants, ...rest }));
  }

  /** An endpoint in service: models, configuration `config-1`, endpoint `web`. */
  async endpoint(variants: ProductionVariant[] = [GPU, INF2], rest: Partial<CreateEndpointConfigCommandInput> = {}): Promise<void> {
    await this.models('gpu-model', 'inf2-model');
    await this.config('config-1', variants, rest);
    await this.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'web', EndpointConfigName: 'config-1' }));
    this.standIn.advance(3600);
  }

  async describe(name = 'web'): Promise<DescribeEndpointCommandOutput> {
    return this.sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
  }

  async status(name = 'web'): Promise<string> {
    return (await this.describe(name)).EndpointStatus!;
  }

  /** Name, weight and count of every variant, as they are now. */
  async live(name = 'web'): Promise<(string | number | undefined)[][]> {
    return ((await this.describe(name)).ProductionVariants ?? []).map((variant) =>
      [variant.VariantName, variant.CurrentWeight, variant.CurrentInstanceCount]);
  }
}

/** The error of a call that must be refused, as `name: message`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  throw new Error('the call was accepted');
}

export const ACCOUNT_ARN = 'arn:aws:sagemaker:us-east-1:123456789012';
