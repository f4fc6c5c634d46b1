import type { CreateEndpointConfigInput, DeleteEndpointConfigInput, DescribeEndpointConfigInput } from '@aws-sdk/client-sagemaker';
import { list, type ListInput } from './lists';
import * as lookup from './lookup';
import { checkNewTags, putTags } from './tags';
import { checkVariants } from './variants';
import { invalid } from '../errors';
import { sagemakerArn, timestamp, type CallContext, type Operation } from '../service';

/**
 * AWS deletes a configuration that an endpoint uses, and the endpoint can then no longer be updated (documented as "you must not").
 * The order of a CloudFormation update shows here.
 */
function noteUse(context: CallContext, name: string): void {
  for (const endpoint of context.state.endpoints.values()) {
    const used = [endpoint.configName, endpoint.pending?.configName].some((used_) => used_?.toLowerCase() === name.toLowerCase());
    if (used && endpoint.status !== 'Deleting' && endpoint.status !== 'Failed') {
      context.control.hazard('config-in-use-deleted', `endpoint configuration ${name} was deleted while endpoint ${endpoint.name} uses it`);
    }
  }
}

export const ENDPOINT_CONFIG_OPERATIONS: Record<string, Operation> = {
  CreateEndpointConfig: {
    run(context, input: CreateEndpointConfigInput) {
      const name = input.EndpointConfigName!;
      const arn = sagemakerArn(context, 'endpoint-config', name);
      if (context.state.endpointConfigs.has(name.toLowerCase())) throw invalid(`Cannot create already existing endpoint configuration "${arn}".`);
      checkVariants(context, input);
      checkNewTags(input.Tags);
      context.state.endpointConfigs.set(name.toLowerCase(), { name, arn, created: context.clock.now(), input });
      putTags(context, arn, input.Tags);
      return { EndpointConfigArn: arn };
    },
    resources: (context, input: CreateEndpointConfigInput) => [sagemakerArn(context, 'endpoint-config', input.EndpointConfigName!)],
    passedRoles: (input: CreateEndpointConfigInput) => (input.ExecutionRoleArn ? [input.ExecutionRoleArn] : []),
  },
  DescribeEndpointConfig: {
    run(context, input: DescribeEndpointConfigInput) {
      const { arn, created, input: { Tags: _tags, ...described } } = lookup.endpointConfig(context, input.EndpointConfigName!);
      // The service shows the weight that it took for a variant without one.
      const withWeights = described.ProductionVariants!.map((variant) => ({ InitialVariantWeight: 1, ...variant }));
      return { ...described, ProductionVariants: withWeights, EndpointConfigArn: arn, CreationTime: timestamp(created) };
    },
    resources: (context, input: DescribeEndpointConfigInput) => [sagemakerArn(context, 'endpoint-config', input.EndpointConfigName!)],
  },
  DeleteEndpointConfig: {
    run(context, input: DeleteEndpointConfigInput) {
      const record = lookup.endpointConfig(context, input.EndpointConfigName!);
      noteUse(context, record.name);
      context.state.endpointConfigs.delete(record.name.toLowerCase());
      context.state.tags.delete(record.arn);
    },
    resources: (context, input: DeleteEndpointConfigInput) => [sagemakerArn(context, 'endpoint-config', input.EndpointConfigName!)],
  },
  ListEndpointConfigs: {
    run(context, input: ListInput) {
      const { items, next } = list(context.state.endpointConfigs.values(), input);
      return {
        EndpointConfigs: items.map((record) => ({
          EndpointConfigName: record.name, EndpointConfigArn: record.arn, CreationTime: timestamp(record.created),
        })),
        NextToken: next,
      };
    },
    resources: () => ['*'],
  },
};
