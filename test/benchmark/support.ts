import { CfnResource, type Stack } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BenchmarkDataset, EndpointBenchmark, type EndpointBenchmarkProps } from '../../src';
import { twoVariants } from '../endpoint/support';
import type { Template } from '../support/iam';

export type Variants = ReturnType<typeof twoVariants>;
export type Props = Partial<EndpointBenchmarkProps>;
type Given = Props | ((all: Variants) => Props);

/** What is right, for a test to make worse. */
export function propsOf(all: Variants, given: Given = {}): EndpointBenchmarkProps {
  return {
    targets: [{ variant: all.gpu, usdPerHour: 1.408 }, { variant: all.inf2, usdPerHour: 0.99 }],
    dataset: BenchmarkDataset.fromBucket(s3.Bucket.fromBucketName(all.stack, `Data${all.stack.node.children.length}`, 'data'), 'questions.jsonl'),
    load: { concurrency: 16 },
    ...typeof given === 'function' ? given(all) : given,
  };
}

/** A benchmark of `gpu` and `inf2`. */
export function benchmarked(given: Given = {}, all = twoVariants()): Variants & { benchmark: EndpointBenchmark } {
  return { ...all, benchmark: new EndpointBenchmark(all.stack, 'Benchmark', propsOf(all, given)) };
}

export const templateOf = (stack: Stack): Template => Assertions.fromStack(stack).toJSON() as Template;

/** The message of what an action throws. */
export function thrownBy(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing thrown';
}

/** What a benchmark refuses; it leaves nothing behind. */
export function refused(given: Given, all = twoVariants()): string {
  const resources = () => all.stack.node.findAll().filter((one) => CfnResource.isCfnResource(one)).map(({ node }) => node.path);
  const props = propsOf(all, given);
  const before = resources();
  const message = thrownBy(() => new EndpointBenchmark(all.stack, 'Benchmark', props));
  if (message !== 'nothing thrown') expect(resources()).toEqual(before);
  return message.replace('Stack/Benchmark: ', '');
}
