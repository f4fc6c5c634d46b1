import { gzipSync } from 'node:zlib';

export type JobKind = 'processing' | 'training';

/** What a container sees of its job. */
export interface JobRun {
  readonly kind: JobKind;
  readonly name: string;
  /** The request that made the job. */
  readonly request: Record<string, unknown>;
  readonly environment: Record<string, string>;
  /** Entry point is not part of it. */
  readonly arguments: string[];
  /** The number at the end of the job's name, 1 when there is none. */
  readonly attempt: number;
}

/** Spot instances that are taken away. */
export interface Interruption {
  /** After so many seconds in Training, since its start or since the interruption before. */
  readonly after: number;
  /** So long there is none. Then the job starts again. */
  readonly for: number;
  /** What had arrived in the checkpoint folder, by path. */
  readonly files?: Record<string, string | Buffer>;
}

/** What a container does. */
export interface JobResult {
  /** How long it runs; the duration `job` when left out. */
  readonly seconds?: number;
  /**
   * Files it leaves in its output folder, by path. Of a processing job: the folder of its first output, or of the one called NAME
   * with `NAME:path`. Of a training job: the checkpoint folder.
   */
  readonly files?: Record<string, string | Buffer>;
  /** Training: files of the checkpoint folder that it removes, which removes them in S3 too. */
  readonly deletes?: string[];
  /** Lines it prints. The first one is there while it runs, all of them when it ends by itself. */
  readonly log?: string[];
  /** 0 when left out. */
  readonly exitCode?: number;
  /** What it writes to `/opt/ml/output/message` (processing) or `/opt/ml/output/failure` (training). */
  readonly message?: string;
  /** `partial`: all files but the last one arrive, whatever becomes of the job. */
  readonly upload?: 'partial';
  /**
   * Of a job with managed spot training, one after the other. With checkpoints it goes on where it was, else it begins anew. Jobs on
   * demand are not interrupted.
   */
  readonly interruptions?: Interruption[];
  /** Of a job with managed spot training: the share of its time that is billed, 0.3 when left out. */
  readonly billableShare?: number;
  /** Values that its log has in the end, by name of a metric definition. */
  readonly metrics?: Record<string, number>;
}

/** Stands for the containers of all jobs. */
export type JobProgram = (job: JobRun) => JobResult;

/** The values after `--name`, or in `--name=value`. */
export function argumentValues(job: JobRun, name: string): string[] {
  const given = job.arguments;
  return given.flatMap((argument, index) => {
    if (argument === `--${name}` && index + 1 < given.length) return [given[index + 1]];
    return argument.startsWith(`--${name}=`) ? [argument.slice(name.length + 3)] : [];
  });
}

/** An archive with nothing in it: two empty blocks, as tar ends. */
export const EMPTY_ARCHIVE = gzipSync(Buffer.alloc(1024));

/** A compile job that goes well: writes the model and, after it, a manifest with what its arguments say. */
export const compileProgram: JobProgram = (job) => {
  const one = (name: string): string | undefined => argumentValues(job, name)[0];
  const model = one('layout') === 'files' ? 'model/model.pt' : 'model.tar.gz';
  const manifest = {
    key: one('key'),
    scriptVersion: one('script-version'),
    sdk: one('sdk'),
    image: one('image'),
    kind: one('kind'),
    target: one('target'),
    shapes: Object.fromEntries(argumentValues(job, 'shape').map((shape) => shape.split('=')).map(([name, size]) => [name, Number(size)])),
    layout: one('layout'),
    files: [model],
    operatorsOnCpu: [],
  };
  return {
    files: { [model]: model.endsWith('.gz') ? EMPTY_ARCHIVE : 'compiled', 'manifest.json': JSON.stringify(manifest) },
    log: [`compiling ${one('hub-id') ?? one('source') ?? 'the model'} for ${one('target') ?? 'its target'}`, 'compiler status PASS', 'done'],
  };
};
