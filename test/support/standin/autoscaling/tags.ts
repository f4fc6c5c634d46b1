import type { ListTagsForResourceRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-application-auto-scaling';
import { invalid, ServiceError } from '../errors';
import type { CallContext, Operation } from '../service';

const MOST_TAGS = 50;

function tagsOf(context: CallContext, arn: string): Map<string, string> {
  const known = [...context.state.targets.values()].some((target) => target.arn === arn);
  if (!known) throw new ServiceError('ResourceNotFoundException', `The specified resource doesn't exist: ${arn}`);
  return context.state.tags.get(arn)!;
}

export const TARGET_TAG_OPERATIONS: Record<string, Operation> = {
  TagResource: {
    run(context, input: TagResourceRequest) {
      const tags = tagsOf(context, input.ResourceARN!);
      const reserved = Object.keys(input.Tags!).find((key) => key.toLowerCase().startsWith('aws:'));
      if (reserved !== undefined) throw invalid(`Tag key ${reserved} is invalid: the prefix aws: is reserved`);
      if (new Set([...tags.keys(), ...Object.keys(input.Tags!)]).size > MOST_TAGS) {
        throw new ServiceError('TooManyTagsException', `The request exceeds the limit of ${MOST_TAGS} tags per resource.`);
      }
      for (const [key, value] of Object.entries(input.Tags!)) tags.set(key, value);
      return {};
    },
    resources: (_context, input: TagResourceRequest) => [input.ResourceARN!],
  },
  UntagResource: {
    run(context, input: UntagResourceRequest) {
      const tags = tagsOf(context, input.ResourceARN!);
      for (const key of input.TagKeys!) tags.delete(key);
      return {};
    },
    resources: (_context, input: UntagResourceRequest) => [input.ResourceARN!],
  },
  ListTagsForResource: {
    run: (context, input: ListTagsForResourceRequest) => ({ Tags: Object.fromEntries(tagsOf(context, input.ResourceARN!)) }),
    resources: (_context, input: ListTagsForResourceRequest) => [input.ResourceARN!],
  },
};
