import { artifactPlace } from './artifact-place';
import { contentKey, type KeyInputs } from './content-key';
import { checkArchiveKey, checkUrlLength, folderOf, parseS3Uri } from '../../model/core/s3-uri';
import { problemText, type Problem } from '../../private/problems';

/** What a compilation is keyed by, besides its source. */
export type SpecInputs = Omit<KeyInputs, 'source'>;

/** A bucket, and the folder in it that counts; a slash at its end makes no difference. */
export interface Folder {
  readonly bucket: string;
  readonly prefix: string;
}

/** What the handler that makes keys is told. */
export interface KeyEvent {
  /** What came with the execution: whatever lies at the path. */
  readonly model: unknown;
  /** The path where it was, for messages. */
  readonly path: string;
  /** Where models have to lie. */
  readonly models: Folder;
  /** Where artefacts go. */
  readonly artifacts: Folder;
  readonly inputs: SpecInputs;
  /** What the compile script is told besides the key. */
  readonly arguments: readonly string[];
}

/** The key of a model that came with an execution, and what follows from it. */
export interface TrainedModelKey {
  readonly key: string;
  readonly folder: string;
  readonly uri: string;
  readonly modelUri: string;
  readonly sourceUri: string;
  /** The key of the source in its bucket. */
  readonly sourceKey: string;
  readonly arguments: readonly string[];
}

/** Why a model is not compiled, for a person. */
export interface Refusal {
  readonly reason: string;
}

/** What a model in S3 is called in keys: `ModelSource.s3Archive` and `s3Prefix` say the same of a source with this address and revision. */
export function trainedModelId(uri: string, revision: string): string {
  return `${uri}@${revision}`;
}

/** The arguments that name the key: they come first. */
export function keyArguments(key: string): string[] {
  return ['--key', key];
}

/** The key as it would be made at synth for the same source and spec, or why there is none. */
export function trainedModelKey({ model, path, models, artifacts, inputs, arguments: more }: KeyEvent): TrainedModelKey | Refusal {
  const { uri, revision } = (model ?? {}) as { readonly uri?: unknown; readonly revision?: unknown };
  const problems = isObject(model) ? [...checkUri(`${path}.uri`, uri, models), ...checkRevision(`${path}.revision`, revision)] : [{
    prop: path, got: shown(model), allowed: 'an object with uri and revision', fix: 'give e.g. { "uri": "s3://<bucket>/<key>.tar.gz", "revision": "<version id>" }',
  }];
  if (problems.length > 0) return { reason: problems.map(problemText).join('\n') };
  const key = contentKey({ ...inputs, source: trainedModelId(uri as string, revision as string) });
  return {
    key,
    ...artifactPlace(artifacts.bucket, artifacts.prefix, key, inputs.layout),
    sourceUri: uri as string,
    sourceKey: parseS3Uri(uri as string)!.key,
    arguments: [...keyArguments(key), ...more],
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The role of the job reads this folder and no other; the rest are the limits of a source that is known at synth, so that it can become one. */
function checkUri(prop: string, uri: unknown, { bucket, prefix }: Folder): Problem[] {
  const folder = folderOf(prefix);
  const location = typeof uri === 'string' ? parseS3Uri(uri) : undefined;
  if (location === undefined || location.bucket !== bucket || !location.key.startsWith(folder) || !location.key.endsWith('.tar.gz')) {
    return [{ prop, got: shown(uri), allowed: `an address below s3://${bucket}/${folder} that ends in .tar.gz`, fix: 'put the archive of the model there, or change `models`' }];
  }
  return [...checkArchiveKey(prop, location.key), ...checkUrlLength(prop, uri as string)];
}

function checkRevision(prop: string, revision: unknown): Problem[] {
  if (typeof revision === 'string' && revision !== '') return [];
  return [{ prop, got: shown(revision), allowed: 'a text that is not empty and changes when the model changes', fix: "give the object's version id or ETag, or the name of the job that trained it" }];
}

/** Inputs can be large; what is wrong shows at the front. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= 300 ? text : `${text.slice(0, 300)}...`;
}
