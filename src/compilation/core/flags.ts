import type { Problem } from '../../private/problems';

/** Flags that a prop stands for, or that the tools set themselves, and what to do instead. */
const OWNED: Readonly<Record<string, string>> = {
  '--auto-cast': 'use precision',
  '--auto-cast-type': 'use precision',
  '--target': 'use target',
  '--optlevel': 'use compiler.optimizationLevel',
  '-O': 'use compiler.optimizationLevel',
  '-O1': 'use compiler.optimizationLevel',
  '-O2': 'use compiler.optimizationLevel',
  '-O3': 'use compiler.optimizationLevel',
  '--framework': 'leave it out: the exporter sets it',
  '--output': 'leave it out: the exporter sets it',
  '--logfile': 'leave it out: the log goes to CloudWatch',
};

/** One text per flag, with its value behind `=`; arguments of a job have at most 256 characters (SageMaker API, ContainerArgument). */
const FLAG = /^-{1,2}[A-Za-z][\w-]*(=\S+)?$/;
/** Of the 100 arguments of a job (SageMaker API, ContainerArguments) the others are up to 58. */
const MAX_FLAGS = 40;
const ARGUMENT = '--compiler-flag='.length;

/** What is wrong with more flags of the compiler. */
export function checkFlags(flags: readonly string[] | undefined, isToken: (value: unknown) => boolean): Problem[] {
  if (flags === undefined) return [];
  if (!Array.isArray(flags)) return [{ prop: 'compiler.flags', got: JSON.stringify(flags) ?? String(flags), allowed: 'a list of flags', fix: "put it into a list, e.g. ['--enable-fast-loading-neuron-binaries']" }];
  if (flags.length > MAX_FLAGS) return [{ prop: 'compiler.flags', got: `${flags.length} flags`, allowed: `at most ${MAX_FLAGS}: a job has at most 100 arguments`, fix: 'leave out those that have their default' }];
  const seen = new Set<string>();
  return flags.flatMap((flag, i) => {
    const prop = `compiler.flags[${i}]`;
    if (isToken(flag)) return [{ prop, got: 'a token (a value known only at deploy time)', allowed: 'a flag known at synth: the key of the artefact is made of it', fix: 'give a plain value' }];
    if (typeof flag !== 'string' || !FLAG.test(flag) || flag.length + ARGUMENT > 256) {
      return [{ prop, got: JSON.stringify(flag), allowed: 'one flag of neuronx-cc with its value behind `=`, at most 240 characters', fix: 'write e.g. "--model-type=transformer"' }];
    }
    const name = flag.split('=')[0];
    if (Object.hasOwn(OWNED, name)) return [{ prop, got: JSON.stringify(flag), allowed: 'flags that no prop stands for', fix: OWNED[name] }];
    if (seen.has(name)) return [{ prop, got: `${JSON.stringify(name)} a second time`, allowed: 'each flag once', fix: 'remove one of them' }];
    seen.add(name);
    return [];
  });
}
