import { GRAMMARS, type GrammarKey, type Spelling } from './grammars';
import type { Problem } from '../../private/problems';

/** Where the server finds the model: a Hub id, or the path SageMaker puts an S3 artefact at. */
export interface ModelLocation {
  readonly hubId?: string;
  readonly revision?: string;
  /** A value that CloudFormation resolves; never the secret itself. */
  readonly hubToken?: string;
  readonly path?: string;
}

/** The typed settings, as plain data. */
export interface SettingsData {
  readonly task?: string;
  readonly tensorParallelDegree?: number;
  readonly sequenceLength?: number;
  readonly batchSize?: number;
  readonly maxConcurrentRequests?: number;
  readonly workers?: number;
  readonly numberFormat?: string;
  readonly trustRemoteCode?: boolean;
  readonly servedModelName?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface EnvironmentInput {
  readonly grammar: GrammarKey;
  readonly kind: 'gpu' | 'neuron';
  readonly model: ModelLocation;
  readonly settings: SettingsData;
  /** What the source needs in the container; the user's own `environment` wins over it. */
  readonly sourceEnvironment?: Readonly<Record<string, string>>;
  /** Devices of the instance; counted only on Neuron. */
  readonly logicalCores?: number;
  /** Prints a number; the caller passes one that keeps tokens whole. */
  readonly print?: (value: number) => string;
  /** True for text that is only known at deploy time, which no length check can see. */
  readonly isToken?: (value: string) => boolean;
}

export interface RenderedEnvironment {
  /** Keys in sorted order, so that the same input gives the same template. */
  readonly environment: Record<string, string>;
  readonly problems: Problem[];
}

interface Entry {
  readonly value: string;
  /** The prop that asked for it; undefined for what was derived, which the user may overrule. */
  readonly prop?: string;
}

/** Where SageMaker puts model data in every container. */
export const MODEL_PATH = '/opt/ml/model';

/**
 * Spells the settings the way one image reads them.
 *
 * A setting the image has no spelling for is a problem, never silently dropped:
 * a dropped sequence length shows only as wrong answers in production.
 */
export function renderEnvironment(input: EnvironmentInput): RenderedEnvironment {
  const grammar = GRAMMARS[input.grammar];
  const print = input.print ?? String;
  const problems: Problem[] = [];
  const entries = new Map<string, Entry>();

  for (const [key, value] of Object.entries(input.sourceEnvironment ?? {})) entries.set(key, { value });
  problems.push(...renderLocation(input, entries));

  const values: Record<string, string | undefined> = {
    task: input.settings.task,
    tensorParallelDegree: printed(input.settings.tensorParallelDegree, print),
    sequenceLength: printed(input.settings.sequenceLength, print),
    batchSize: printed(input.settings.batchSize, print),
    maxConcurrentRequests: printed(input.settings.maxConcurrentRequests, print),
    workers: printed(input.settings.workers, print),
    numberFormat: input.settings.numberFormat,
    // False is the default of every image, and no image has a flag that says so.
    trustRemoteCode: input.settings.trustRemoteCode === true ? 'true' : undefined,
    servedModelName: input.settings.servedModelName,
  };
  for (const [setting, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const prop = `settings.${setting}`;
    const spelling: Spelling | undefined = grammar.settings[setting as keyof typeof grammar.settings]?.[input.kind];
    if (spelling === undefined) {
      // One device needs no spelling: it is what an image without tensor parallelism does.
      if (setting === 'tensorParallelDegree' && (value === '1' || (input.kind === 'neuron' && grammar.coresPerWorker !== undefined))) continue;
      problems.push({ prop, got: JSON.stringify(value), allowed: `nothing: ${grammar.title} has no such setting`, fix: grammar.instead[setting] ?? 'leave it out' });
      continue;
    }
    const text = spelling.values === undefined ? spelling.value ?? value : Object.hasOwn(spelling.values, value) ? spelling.values[value] : undefined;
    if (text === undefined) {
      problems.push({ prop, got: JSON.stringify(value), allowed: Object.keys(spelling.values!).join(', '), fix: `choose one that ${grammar.title} knows` });
      continue;
    }
    entries.set(spelling.key, { value: text, prop });
  }
  deriveWorkers(input, entries, print);

  for (const [key, value] of Object.entries(input.settings.environment ?? {})) {
    const own = `settings.environment.${key}`;
    const present = entries.get(key);
    if (present?.prop !== undefined && present.value !== value) {
      problems.push({ prop: own, got: JSON.stringify(value), allowed: `one value: \`${present.prop}\` already sets it to ${JSON.stringify(present.value)}`, fix: `remove ${own} or ${present.prop}` });
      continue;
    }
    entries.set(key, { value, prop: own });
  }

  const environment = Object.fromEntries([...entries.keys()].sort().map((key) => [key, entries.get(key)!.value]));
  problems.push(...checkLimits(environment, input.isToken ?? (() => false)));
  return { environment, problems };
}

function printed(value: number | undefined, print: (value: number) => string): string | undefined {
  return value === undefined ? undefined : print(value);
}

function renderLocation(input: EnvironmentInput, entries: Map<string, Entry>): Problem[] {
  const { title, location } = GRAMMARS[input.grammar];
  const { hubId, revision, hubToken, path } = input.model;
  if (hubId === undefined) {
    if (path !== undefined && location.path !== undefined) entries.set(location.path, { value: path });
    return [];
  }
  if (location.hubId === undefined) {
    return [{ prop: 'source', got: `the Hugging Face model ${JSON.stringify(hubId)}`, allowed: `model data in S3: ${title} does not download from the Hub`, fix: 'use ModelSource.s3Archive, s3Prefix or localDirectory, or another image' }];
  }
  entries.set(location.hubId, { value: hubId, prop: 'source' });
  if (revision !== undefined) entries.set(location.revision!, { value: revision, prop: 'source' });
  if (hubToken !== undefined) entries.set(location.token!, { value: hubToken, prop: 'source' });
  return [];
}

/**
 * The script servers start one process per NeuronCore, and a process holds its
 * cores alone. A model cut over several cores needs fewer processes with more
 * cores each, or all but the first fail at load.
 */
function deriveWorkers(input: EnvironmentInput, entries: Map<string, Entry>, print: (value: number) => string): void {
  const { workersKey, coresPerWorker } = GRAMMARS[input.grammar];
  const degree = input.settings.tensorParallelDegree;
  if (input.kind !== 'neuron' || coresPerWorker === undefined || workersKey === undefined || degree === undefined || degree <= 1) return;
  if (input.logicalCores !== undefined && !entries.has(workersKey)) {
    entries.set(workersKey, { value: print(Math.max(1, Math.floor(input.logicalCores / degree))) });
  }
  entries.set(coresPerWorker, { value: print(degree), prop: 'settings.tensorParallelDegree' });
}

/** CreateModel's limits of `ContainerDefinition.Environment` (SageMaker API, service model of 2026-08-07). */
const MAX_ENTRIES = 100;
const MAX_LENGTH = 1024;
const MAX_TOTAL_BYTES = 32 * 1024;

function checkLimits(environment: Record<string, string>, isToken: (value: string) => boolean): Problem[] {
  const problems: Problem[] = [];
  const keys = Object.keys(environment);
  if (keys.length > MAX_ENTRIES) {
    problems.push({ prop: 'settings.environment', got: `${keys.length} entries in all`, allowed: `at most ${MAX_ENTRIES} entries`, fix: 'move settings into a file in the model artefact' });
  }
  let total = 0;
  for (const key of keys) {
    const prop = `settings.environment.${key.length > 64 ? `${key.slice(0, 64)}...` : key}`;
    const value = environment[key];
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key) || key.length > MAX_LENGTH) {
      problems.push({ prop, got: `a key of ${key.length} characters`, allowed: `letters, digits and _, not starting with a digit, 1 to ${MAX_LENGTH} characters`, fix: 'rename the key' });
    }
    if (key === '__proto__') {
      // Objects of JavaScript have it already, and aws-cdk-lib would leave it out of the template without a word.
      problems.push({ prop, got: 'a key that no object of JavaScript can hold', allowed: 'any other name', fix: 'rename the key, or set it inside the image' });
    }
    if (/(?<![A-Za-z0-9])hf_[A-Za-z0-9]{20,}/.test(value)) {
      problems.push({ prop, got: 'a Hugging Face token as plain text', allowed: 'a secret, which stays out of the template', fix: 'store it in AWS Secrets Manager and pass `tokenSecret` to ModelSource.huggingFace' });
    }
    if (isToken(value)) continue;
    const bytes = Buffer.byteLength(value);
    total += bytes + key.length;
    if (bytes > MAX_LENGTH) {
      problems.push({ prop, got: `a value of ${bytes} bytes`, allowed: `at most ${MAX_LENGTH} bytes`, fix: 'put the value into a file in the model artefact' });
    }
  }
  if (total > MAX_TOTAL_BYTES) {
    problems.push({ prop: 'settings.environment', got: `${total} bytes in all`, allowed: `at most ${MAX_TOTAL_BYTES} bytes of keys and values`, fix: 'move settings into a file in the model artefact' });
  }
  return problems;
}
