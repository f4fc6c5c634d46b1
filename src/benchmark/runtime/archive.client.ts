import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { isSummary, summaryIn, UnreadableResults } from '../core/aiperf';
import { tarFiles } from '../core/tar';

const client = new S3Client({});
/** An archive has a line for each request. */
const PATIENCE_MS = 200_000;
const LARGEST_SUMMARY = 16 * 1024 ** 2;
const ARCHIVE = 'output.tar.gz';

/** A summary of AIPerf, and where it was found. */
export interface FoundSummary {
  readonly text: string;
  readonly where: string;
}

/**
 * The summary that a job left below a folder: in `output.tar.gz`, in a folder of the service's own (developer guide, generative-ai-inference-recommendations-benchmark), or as it is.
 *
 * @throws UnreadableResults when there is none, or none that can be read
 */
export async function readSummary(bucket: string, folder: string): Promise<FoundSummary> {
  const abortSignal = AbortSignal.timeout(PATIENCE_MS);
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: folder }, { abortSignal })) keys.push(...Contents.map(({ Key }) => Key!));
  const address = (key: string) => `s3://${bucket}/${key}`;
  const body = async (key: string) => (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal })).Body!;
  const plain = keys.filter(isSummary);
  if (plain.length > 0) {
    const { name } = summaryIn(plain.map((key) => ({ name: key, text: '' })), address(folder));
    return { text: await (await body(name)).transformToString(), where: address(name) };
  }
  const archives = keys.filter((key) => key.endsWith(`/${ARCHIVE}`));
  if (archives.length !== 1) throw new UnreadableResults(`${address(folder)} has ${archives.length === 0 ? `no ${ARCHIVE}` : `several: ${archives.join(', ')}`}`);
  const where = address(archives[0]);
  const { name, text } = summaryIn(await unpacked(await body(archives[0]) as Readable, where), where);
  return { text, where: `${where} (${name})` };
}

async function unpacked(body: Readable, where: string) {
  const unzip = createGunzip();
  // What breaks off ends the loop below with its error.
  pipeline(body, unzip, () => undefined);
  try {
    return await tarFiles(unzip, isSummary, LARGEST_SUMMARY);
  } catch (error) {
    // Broken archives stay broken; a connection that was lost is another matter.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && !code.startsWith('Z_')) throw error;
    throw new UnreadableResults(`${where} cannot be unpacked: ${message}`);
  } finally {
    unzip.destroy();
  }
}
