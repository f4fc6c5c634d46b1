import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { encodeHyperParameters, type HyperParameter } from './core/hyper-parameters';
import type { PrecompileConfig } from './core/types';
import type { ResolvedRung } from './resolved-rung';
import type { Folder } from './training-statements';

const HOURS_3 = 3 * 3600;

/**
 * The job that fills the compile cache, and the object that says that it was done: its key is made of what changes the graphs, as far as it can be known without
 * running the script: the image, the script, its arguments and variables, the number of processes.
 */
export function precompileConfig(scope: Construct, rung: ResolvedRung, code: string, { bucket, prefix }: Folder): PrecompileConfig {
  const { given, instanceCount } = rung;
  const { precompile = {} } = given;
  const hyperParameters = encodeHyperParameters((precompile.hyperParameters ?? {}) as Record<string, HyperParameter>);
  const sorted = (values: Readonly<Record<string, unknown>>) => Object.entries(values).sort(([a], [b]) => a < b ? -1 : 1);
  // Encoded tokens have numbers that change with what else is in the app; what they resolve to does not.
  const what = Stack.of(scope).resolve([given.image._identity(), code, sorted({ ...encodeHyperParameters(rung.hyperParameters), ...hyperParameters }), sorted(rung.environment), rung.processes, rung.allInstances, precompile.instanceCount ?? instanceCount]);
  return {
    bucket: bucket.bucketName,
    marker: `${prefix}${createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32)}`,
    instanceCount: precompile.instanceCount ?? instanceCount,
    maxRuntimeSeconds: precompile.maxRuntime?.toSeconds() ?? HOURS_3,
    hyperParameters,
  };
}
