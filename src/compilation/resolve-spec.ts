import * as fs from 'node:fs';
import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { checkContent, checkSpec, checkSpecTypes, fullSpec, tokenIn, type FullSpec } from './compilation-checks';
import type { NeuronCompilationSpec } from './compilation-spec';
import { canonicalFlags, contentKey, type KeyInputs } from './core/content-key';
import * as script from './data/script.json';
import { directoryDigest } from './directory-digest';
import type { ModelCheck, ModelSourceConfig } from '../model';
import { throwProblems, type Problem } from '../private/problems';

/** A spec with its defaults, its bound source and its key. */
export interface ResolvedSpec {
  readonly full: FullSpec;
  readonly source: ModelSourceConfig;
  readonly inputs: KeyInputs;
  readonly key: string;
}

/** What of a compilation is not in its spec, but decides whether it can be. */
export interface ResolveOptions {
  readonly networkIsolation: boolean;
  readonly skipChecks: readonly ModelCheck[];
  /** Where the source makes what it needs; the same place when left out. */
  readonly sourceScope?: () => Construct;
  /** Problems found elsewhere, to be reported together. */
  readonly more: (spec: FullSpec) => Problem[];
}

/** Checks a spec, binds its source and makes the key. Nothing is made for a spec that has a problem. */
export function resolveSpec(scope: Construct, spec: NeuronCompilationSpec, options: ResolveOptions): ResolvedSpec {
  throwProblems(scope, checkSpecTypes(spec));
  const full = fullSpec(spec);
  const { customOperators, script: ownScript } = full.compiler;
  throwProblems(scope, [
    ...checkSpec(full, options.skipChecks),
    ...checkDirectory('compiler.customOperators', customOperators),
    ...checkDirectory('compiler.script', ownScript, 'compile.py'),
    ...options.more(full),
  ]);
  const source = full.source.bind(options.sourceScope?.() ?? scope, {});
  throwProblems(scope, checkContent(full.source, source, options.networkIsolation));
  const inputs = keyInputs(full, source.contentId!);
  throwProblems(scope, tokens(inputs, full));
  return { full, source, inputs, key: contentKey(inputs) };
}

function keyInputs(spec: FullSpec, contentId: string): KeyInputs {
  const { compiler, precision } = spec;
  const digest = (directory: string | undefined) => directory === undefined ? undefined : directoryDigest(directory);
  return {
    source: contentId,
    kind: spec.kind,
    task: spec.task,
    shapes: spec.shapes.dimensions,
    // Language models are loaded in a format instead: the same two words say which.
    autoCast: precision.autoCast,
    autoCastType: precision.autoCastType,
    optimizationLevel: spec.kind === 'decoder' ? undefined : compiler.optimizationLevel ?? 2,
    tensorParallelDegree: spec.tensorParallelDegree,
    target: spec.target.name,
    sdk: spec.compilerImage.neuronSdk?.version,
    image: spec.compilerImage._identity(),
    // Language models are tens of gigabytes: as single files they load in parallel, and need no room to be unpacked.
    layout: spec.kind === 'decoder' ? 'files' : 'archive',
    flags: compiler.flags === undefined || compiler.flags.length === 0 ? undefined : canonicalFlags(compiler.flags),
    customOperators: digest(compiler.customOperators),
    script: digest(compiler.script),
    maxCpuOperators: compiler.maxCpuOperators ?? 0,
    trustRemoteCode: compiler.trustRemoteCode ?? false,
    scriptVersion: script.version,
  };
}

/** Where a user wrote the inputs that are text. */
const PROPS: Partial<Record<keyof KeyInputs, string>> = { source: 'source', task: 'task' };

function tokens(inputs: KeyInputs, { compiler }: FullSpec): Problem[] {
  return Object.entries({ ...PROPS, image: compiler.image === undefined ? 'servingImage' : 'compiler.image' }).flatMap(([input, prop]) => Token.isUnresolved(inputs[input as keyof KeyInputs]) ? [tokenIn(prop)] : []);
}

function checkDirectory(prop: string, path: string | undefined, file?: string): Problem[] {
  if (path === undefined) return [];
  if (Token.isUnresolved(path)) return [tokenIn(prop)];
  const allowed = file === undefined ? 'a directory' : `a directory with a ${file}`;
  const stat = typeof path === 'string' ? fs.statSync(path, { throwIfNoEntry: false }) : undefined;
  if (stat === undefined || !stat.isDirectory()) {
    return [{ prop, got: `${JSON.stringify(path)}, which ${stat === undefined ? 'does not exist' : 'is not a directory'}`, allowed, fix: 'correct the path; it is taken from the working directory unless it is absolute' }];
  }
  if (file !== undefined && !fs.existsSync(`${path}/${file}`)) return [{ prop, got: `${JSON.stringify(path)}, which has no ${file}`, allowed, fix: `write load(model_dir, shapes) in a ${file} there` }];
  return [];
}
