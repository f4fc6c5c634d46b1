import type { AddTagsInput, DeleteTagsInput, ListTagsInput, Tag } from '@aws-sdk/client-sagemaker';
import { invalid } from '../errors';
import { page } from '../paging';
import type { CallContext, Operation } from '../service';

const MOST_TAGS = 50;

function exists(context: CallContext, arn: string): boolean {
  const { models, endpointConfigs, endpoints, processingJobs, trainingJobs, modelPackageGroups, modelPackages } = context.state;
  const all = [models, endpointConfigs, endpoints, processingJobs, trainingJobs, modelPackageGroups, modelPackages];
  return all.some((records) => [...records.values()].some((record) => record.arn === arn.toLowerCase()));
}

function tagsOf(context: CallContext, arn: string): Map<string, string> {
  if (!exists(context, arn)) throw invalid(`Could not find resource "${arn}".`);
  const key = arn.toLowerCase();
  const tags = context.state.tags.get(key) ?? new Map<string, string>();
  context.state.tags.set(key, tags);
  return tags;
}

/** Sets tags on a resource that exists. */
export function putTags(context: CallContext, arn: string, tags: Tag[] = []): void {
  const present = tagsOf(context, arn);
  const reserved = tags.find((tag) => tag.Key!.toLowerCase().startsWith('aws:'));
  if (reserved) throw invalid(`Tag key "${reserved.Key}" is invalid: the prefix aws: is reserved for system tags.`);
  const together = new Set([...present.keys(), ...tags.map((tag) => tag.Key!)]);
  if (together.size > MOST_TAGS) throw invalid(`Cannot add tags: ${together.size} exceeds the limit of ${MOST_TAGS} tags per resource.`);
  for (const tag of tags) present.set(tag.Key!, tag.Value!);
}

/** Checks the tags of a create request before anything is stored. */
export function checkNewTags(tags: Tag[] = []): void {
  const keys = tags.map((tag) => tag.Key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw invalid(`Duplicate tag keys found. Please note that Tag keys are case insensitive: ${twice}`);
  const reserved = keys.find((key) => key!.toLowerCase().startsWith('aws:'));
  if (reserved) throw invalid(`Tag key "${reserved}" is invalid: the prefix aws: is reserved for system tags.`);
}

function render(tags: Map<string, string>): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

export const TAG_OPERATIONS: Record<string, Operation> = {
  AddTags: {
    run(context, input: AddTagsInput) {
      putTags(context, input.ResourceArn!, input.Tags);
      return { Tags: render(tagsOf(context, input.ResourceArn!)) };
    },
    resources: (_context, input: AddTagsInput) => [input.ResourceArn!],
  },
  DeleteTags: {
    run(context, input: DeleteTagsInput) {
      const tags = tagsOf(context, input.ResourceArn!);
      for (const key of input.TagKeys!) tags.delete(key);
      return {};
    },
    resources: (_context, input: DeleteTagsInput) => [input.ResourceArn!],
  },
  ListTags: {
    run(context, input: ListTagsInput) {
      const { items, next } = page(render(tagsOf(context, input.ResourceArn!)), input, 50);
      return { Tags: items, NextToken: next };
    },
    resources: (_context, input: ListTagsInput) => [input.ResourceArn!],
  },
};
