import type { ContainerDefinition, CreateModelInput, DeleteModelInput, DescribeModelInput } from '@aws-sdk/client-sagemaker';
import { list, type ListInput } from './lists';
import * as lookup from './lookup';
import { checkNewTags, putTags } from './tags';
import { invalid } from '../errors';
import { sagemakerArn, timestamp, type CallContext, type Operation } from '../service';

function checkContainer(container: ContainerDefinition): void {
  if (container.Image === undefined && container.ModelPackageName === undefined) {
    throw invalid('Container definition must specify either Image or ModelPackageName.');
  }
  if (container.Image !== undefined && container.ModelPackageName !== undefined) {
    throw invalid('Cannot specify both Image and ModelPackageName in one container definition.');
  }
  if (container.ModelDataUrl !== undefined && container.ModelDataSource !== undefined) {
    throw invalid('Cannot specify both ModelDataUrl and ModelDataSource in one container definition.');
  }
}

function checkModel(input: CreateModelInput): void {
  if (input.PrimaryContainer && input.Containers) throw invalid('Cannot specify both PrimaryContainer and Containers.');
  const containers = input.Containers ?? (input.PrimaryContainer ? [input.PrimaryContainer] : []);
  if (containers.length === 0) throw invalid('Must specify either PrimaryContainer or Containers.');
  containers.forEach(checkContainer);
  checkNewTags(input.Tags);
}

/** A live endpoint keeps running without its model, until it has to start an instance. */
function noteUse(context: CallContext, name: string): void {
  for (const endpoint of context.state.endpoints.values()) {
    const fleets = [...endpoint.fleets, ...endpoint.pending?.fleets ?? []];
    const used = fleets.some((fleet) => fleet.config.ModelName?.toLowerCase() === name.toLowerCase());
    if (used && endpoint.status !== 'Deleting') {
      context.control.hazard('model-in-use-deleted', `model ${name} was deleted while endpoint ${endpoint.name} runs it`);
    }
  }
}

export const MODEL_OPERATIONS: Record<string, Operation> = {
  CreateModel: {
    run(context, input: CreateModelInput) {
      const arn = sagemakerArn(context, 'model', input.ModelName!);
      if (context.state.models.has(input.ModelName!.toLowerCase())) throw invalid(`Cannot create already existing model "${arn}".`);
      checkModel(input);
      context.state.models.set(input.ModelName!.toLowerCase(), { name: input.ModelName!, arn, created: context.clock.now(), input });
      putTags(context, arn, input.Tags);
      return { ModelArn: arn };
    },
    resources: (context, input: CreateModelInput) => [sagemakerArn(context, 'model', input.ModelName!)],
    passedRoles: (input: CreateModelInput) => (input.ExecutionRoleArn ? [input.ExecutionRoleArn] : []),
  },
  DescribeModel: {
    run(context, input: DescribeModelInput) {
      const { arn, created, input: { Tags: _tags, ...described } } = lookup.model(context, input.ModelName!);
      return { ...described, EnableNetworkIsolation: described.EnableNetworkIsolation ?? false, CreationTime: timestamp(created), ModelArn: arn };
    },
    resources: (context, input: DescribeModelInput) => [sagemakerArn(context, 'model', input.ModelName!)],
  },
  DeleteModel: {
    run(context, input: DeleteModelInput) {
      const record = lookup.model(context, input.ModelName!);
      noteUse(context, record.name);
      context.state.models.delete(record.name.toLowerCase());
      context.state.tags.delete(record.arn);
    },
    resources: (context, input: DeleteModelInput) => [sagemakerArn(context, 'model', input.ModelName!)],
  },
  ListModels: {
    run(context, input: ListInput) {
      const { items, next } = list(context.state.models.values(), input);
      return {
        Models: items.map((record) => ({ ModelName: record.name, ModelArn: record.arn, CreationTime: timestamp(record.created) })),
        NextToken: next,
      };
    },
    resources: () => ['*'],
  },
};
