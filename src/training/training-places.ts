import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { TrainingDataOptions, TrainingLocation } from './training-job-props';
import type { Folder } from './training-statements';
import { folderOf } from '../model/core/s3-uri';
import { ownBucket } from '../model/own-bucket';
import type { Problem } from '../private/problems';

/** Everything of a training that lies in S3. */
export interface TrainingPlaces {
  readonly output: Folder;
  /** Archives of scripts. */
  readonly code: Folder;
  readonly checkpoints?: Folder;
  readonly cache?: Folder;
  /** Objects that say that the cache is filled; jobs do not write there. */
  readonly markers?: Folder;
}

/** What decides which places there are. */
export interface PlaceNeeds {
  readonly cache: boolean;
  readonly markers: boolean;
}

/** Checkpoints and compiled graphs of runs that are over are of no use for longer; the marks that graphs are there go with them. Scripts are small, and a run may ask for its own for a year. */
const KEPT = Duration.days(90);

const DEFAULTS = { output: 'models', checkpoints: 'checkpoints', cache: 'neuron-cache' };

const codeBeside = (output: string) => `${output.slice(0, -1)}-code/`;
const marksBeside = (cache: string) => `${cache.slice(0, -1)}-filled/`;

/** The folders, in a bucket of the training's own where none is given. */
export function trainingPlaces(scope: Construct, { output = {}, checkpoints, compileCache }: TrainingDataOptions, needs: PlaceNeeds): TrainingPlaces {
  const outputPrefix = folderOf(output.prefix ?? DEFAULTS.output);
  const code = codeBeside(outputPrefix);
  const prefixOf = (given: TrainingLocation | undefined, name: string) => folderOf(given?.prefix ?? name);
  const temporary = [...checkpoints !== undefined && checkpoints.bucket === undefined ? [prefixOf(checkpoints, DEFAULTS.checkpoints)] : [], ...needs.cache && compileCache?.bucket === undefined ? [prefixOf(compileCache, DEFAULTS.cache), marksBeside(prefixOf(compileCache, DEFAULTS.cache))] : []];
  const bucket = output.bucket ?? ownBucket(scope, 'Output', output.encryptionKey, temporary.map((prefix) => ({ prefix, expiration: KEPT })));
  const place = (given: TrainingLocation | undefined, name: string): Folder => ({ bucket: given?.bucket ?? bucket, prefix: prefixOf(given, name) });
  const cache = needs.cache ? place(compileCache, DEFAULTS.cache) : undefined;
  return {
    output: { bucket, prefix: outputPrefix },
    code: { bucket, prefix: code },
    checkpoints: checkpoints === undefined ? undefined : place(checkpoints, DEFAULTS.checkpoints),
    cache,
    markers: cache === undefined || !needs.markers ? undefined : { bucket: cache.bucket, prefix: marksBeside(cache.prefix) },
  };
}

/** Jobs remove what they synchronize, and some of it expires: nothing else may lie below. */
export function placeProblems({ output, checkpoints, compileCache }: TrainingDataOptions, cache = true): Problem[] {
  const given = [
    { prop: 'output.prefix', bucket: output?.bucket, prefix: folderOf(output?.prefix ?? DEFAULTS.output) },
    ...checkpoints === undefined ? [] : [{ prop: 'checkpoints.prefix', bucket: checkpoints.bucket ?? output?.bucket, prefix: folderOf(checkpoints.prefix ?? DEFAULTS.checkpoints) }],
    ...cache || compileCache !== undefined ? [{ prop: 'compileCache.prefix', bucket: compileCache?.bucket ?? output?.bucket, prefix: folderOf(compileCache?.prefix ?? DEFAULTS.cache) }] : [],
  ];
  // Beside two of them there are folders of our own.
  const beside = (prop: string, name: string, prefixOf: (prefix: string) => string) => given.filter((one) => one.prop === prop).map(({ bucket, prefix }) => ({ prop: name, bucket, prefix: prefixOf(prefix) }));
  const own = [...beside('output.prefix', 'the folder of scripts', codeBeside), ...beside('compileCache.prefix', 'the folder of marks', marksBeside)];
  return given.flatMap((one, i) => [...given.slice(0, i), ...own].filter(({ bucket, prefix }) => bucket?.bucketName === one.bucket?.bucketName && (prefix.startsWith(one.prefix) || one.prefix.startsWith(prefix))).map((other) => ({
    prop: one.prop, got: `${JSON.stringify(one.prefix)}, where ${other.prop} is ${JSON.stringify(other.prefix)}`, allowed: 'folders of which none is in another', fix: 'give it another name',
  })));
}
