/** A value of a compilation: known at synth (or a token, at deploy), or at a path in the data of an execution. */
export type CompileValue<T = string> = T | AtPath;

/** Where an execution has a value. */
export interface AtPath {
  readonly path: string;
}

/** What differs between a compilation whose source is known at synth and one whose source comes with an execution. */
export interface CompileValues {
  readonly key: CompileValue;
  /** The bucket of the artefact. */
  readonly bucket: string;
  /** Folder of the artefact in the bucket, with a slash at its end. */
  readonly folder: CompileValue;
  /** `s3://` address of that folder. */
  readonly uri: CompileValue;
  /** `s3://` address of what is served, where nobody knows it but the execution. */
  readonly modelUri?: AtPath;
  /** `s3://` address of the source, when it is in S3. */
  readonly sourceUri?: CompileValue;
  /** The key of the source in its bucket, where nobody knows it but the execution. */
  readonly sourceKey?: AtPath;
  /** What the compile script is told. */
  readonly arguments: CompileValue<readonly string[]>;
}

/** The values that `trainedModelKey` makes, by the names it gives them. */
export function valuesOfExecution(bucket: string): CompileValues {
  const at = (name: string): AtPath => ({ path: `$.${name}` });
  return {
    key: at('key'), bucket, folder: at('folder'), uri: at('uri'), modelUri: at('modelUri'), sourceUri: at('sourceUri'), sourceKey: at('sourceKey'), arguments: at('arguments'),
  };
}

function isAtPath(value: unknown): value is AtPath {
  return typeof value === 'object' && value !== null && 'path' in value;
}

/** A member of a request: `name`, or `name.$` with the path. */
export function member(name: string, value: CompileValue<unknown>): Record<string, unknown> {
  return isAtPath(value) ? { [`${name}.$`]: value.path } : { [name]: value };
}

/** An address below another one. */
export function memberBelow(name: string, folder: CompileValue, what: string): Record<string, unknown> {
  return isAtPath(folder) ? { [`${name}.$`]: `States.Format('{}${what}', ${folder.path})` } : { [name]: `${folder}${what}` };
}

/** What the data of an execution begins with: where the artefact goes, and what nobody knows but the execution. */
export function heldValues({ bucket, folder, uri, ...others }: CompileValues): Record<string, unknown> {
  const unknown = Object.entries(others).filter(([, value]) => isAtPath(value)).map(([name, value]) => member(name, value));
  return Object.assign({ bucket, ...member('folder', folder), ...member('uri', uri) }, ...unknown);
}
