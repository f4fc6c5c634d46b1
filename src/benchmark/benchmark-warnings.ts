import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { BenchmarkDataset } from './benchmark-dataset';
import type { EndpointBenchmarkProps } from './benchmark-props';
import { looksGolden } from './golden-set-file';
import type { EndpointVariant } from '../endpoint';
import { InstanceUse, PriceBook } from '../hardware';
import { problemText, type Problem } from '../private/problems';

/** What is allowed and deserves a look all the same. Users acknowledge a warning by its id: part of the API. */
export function warnOfBenchmark(benchmark: IConstruct, { targets, dataset, allowOtherTraffic }: EndpointBenchmarkProps): void {
  targets.forEach(({ variant, usdPerHour }, i) => {
    if (usdPerHour === undefined) warn(benchmark, 'benchmarkWithoutPrice', withoutPrice(benchmark, `targets[${i}]`, variant));
    if (scales(variant)) warn(benchmark, 'benchmarkOfScalingVariant', scalingVariant(`targets[${i}]`, variant));
    if (allowOtherTraffic !== true && serves(variant)) warn(benchmark, 'benchmarkOfServingVariant', servingVariant(`targets[${i}]`, variant));
  });
  if (looksGolden(dataset)) warn(benchmark, 'benchmarkOfGoldenSet', goldenSet(dataset));
}

/** Adds a warning in four parts. */
export function warn(scope: IConstruct, id: string, problem: Problem): void {
  Annotations.of(scope).addWarningV2(`cdk-accelerators:${id}`, problemText(problem));
}

/** Cost is half of what a benchmark is made for. */
function withoutPrice(scope: IConstruct, prop: string, { instanceType, variantName }: EndpointVariant): Problem {
  const { region } = Stack.of(scope);
  const price = Token.isUnresolved(region) ? undefined : PriceBook.bundled().price(region, instanceType, InstanceUse.HOSTING);
  return {
    prop: `${prop}.usdPerHour`,
    got: `nothing, for variant '${variantName}' on ${instanceType.name}`,
    allowed: 'a benchmark without a price: it says nothing of cost, and no alarm watches it',
    fix: price === undefined ? 'give what an instance-hour costs you, or acknowledge this warning' : `give what an instance-hour costs you, e.g. ${price.usdPerHour} (list price in ${region}${price.asOf === undefined ? '' : ` of ${price.asOf}`}), or acknowledge this warning`,
  };
}

/** Numbers that are known at deploy time only may be the same. */
function scales({ scaling }: EndpointVariant): boolean {
  if (scaling === undefined) return false;
  const { minInstances = 1, maxInstances } = scaling;
  return !Token.isUnresolved(minInstances) && !Token.isUnresolved(maxInstances) && minInstances !== maxInstances;
}

/** A run takes all that a variant has: its scaling follows within minutes. */
function scalingVariant(prop: string, { scaling: { minInstances = 1, maxInstances } = { maxInstances: 1 }, variantName }: EndpointVariant): Problem {
  return {
    prop: `${prop}.variant`,
    got: `variant '${variantName}', which scales from ${minInstances} to ${maxInstances} instances`,
    allowed: 'a number of instances that stays: a run loads the variant fully, and a measurement during which instances come or go has failed',
    fix: 'set scaling.minInstances and maxInstances to one number, or suspend its scaling, for the time of a run, and acknowledge this warning',
  };
}

/** A weight that is known at deploy time only may be 0. */
function serves({ weight }: EndpointVariant): boolean {
  return !Token.isUnresolved(weight) && weight > 0;
}

/** A run would find out after the deploy, and fail. */
function servingVariant(prop: string, { variantName, weight }: EndpointVariant): Problem {
  return {
    prop: `${prop}.variant`,
    got: `variant '${variantName}' with a weight of ${weight}, without allowOtherTraffic`,
    allowed: 'a variant that others do not send to: its measurement fails while they do',
    fix: 'set allowOtherTraffic: true and run it at a quiet hour, measure it on an endpoint of its own, or acknowledge this warning when nobody calls it yet',
  };
}

/** A model gets each line as it is. */
function goldenSet({ _file }: BenchmarkDataset): Problem {
  return {
    prop: 'dataset',
    got: `${_file}, whose lines are all {"input": ...}, as those of a golden set`,
    allowed: 'lines that are inputs themselves: each is sent as it is',
    fix: 'write each input alone on its line, or acknowledge this warning when the model takes such objects',
  };
}
