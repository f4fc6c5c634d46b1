import { folderOf } from '../../model/core/s3-uri';

/** Where the artefact of a key is. */
export interface ArtifactPlace {
  /** Its folder in the bucket, with a slash at its end. */
  readonly folder: string;
  /** `s3://` address of its folder, with a slash at its end. */
  readonly uri: string;
  /** `s3://` address of what is served. */
  readonly modelUri: string;
}

/** The place of an artefact: the same whether its key is made at synth or by an execution. `bucket` may be a token. */
export function artifactPlace(bucket: string, prefix: string, key: string, layout: string): ArtifactPlace {
  const folder = `${folderOf(prefix)}${key}/`;
  const uri = `s3://${bucket}/${folder}`;
  return { folder, uri, modelUri: `${uri}${layout === 'files' ? 'model/' : 'model.tar.gz'}` };
}
