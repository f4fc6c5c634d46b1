/**
 * One measurement in a process of its own: `node worker.js <what> [endpoints] [outdir]`. Prints one line of JSON.
 * Nothing but Node is loaded before the clock starts; everything measured is required inside.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- what a `require` costs is measured */
import { performance } from 'node:perf_hooks';

/** More would break CloudFormation's limit of 500 resources in a stack: 10 for each endpoint. */
const ENDPOINTS_PER_STACK = 40;

/** What `require` of a package costs, alone and with what every app touches. */
const IMPORTS: Record<string, () => unknown> = {
  'import-lib': () => require('aws-cdk-lib'),
  'import-lib-touched': () => {
    const lib = require('aws-cdk-lib');
    return [lib.App, lib.Stack];
  },
  'import-package': () => require('cdk-accelerators'),
  'import-package-touched': () => {
    const lib = require('aws-cdk-lib');
    const { InferenceEndpoint, ServedModel, ModelSource, ServingImage, AcceleratorInstance } = require('cdk-accelerators');
    return [lib.App, lib.Stack, InferenceEndpoint, ServedModel, ModelSource, ServingImage, AcceleratorInstance];
  },
};

function measureImport(what: string): object {
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const startCpu = process.cpuUsage();
  const kept = IMPORTS[what]();
  const ms = performance.now() - start;
  const cpu = process.cpuUsage(startCpu);
  return { ms, cpuMs: (cpu.user + cpu.system) / 1000, rssMB: process.memoryUsage.rss() / 2 ** 20, addedRssMB: (process.memoryUsage.rss() - before) / 2 ** 20, kept: kept === undefined };
}

function measureSynth(how: string, endpoints: number, outdir: string): object {
  const start = performance.now();
  const startCpu = process.cpuUsage();
  const { App, Stack } = require('aws-cdk-lib');
  const { addEndpoint } = require(`./with-${how}`);
  const imported = performance.now();
  const app = new App({ outdir, analyticsReporting: false });
  for (let done = 0; done < endpoints; done += ENDPOINTS_PER_STACK) {
    const stack = new Stack(app, `Stack${done}`, { env: { region: 'us-east-1' } });
    for (let i = done; i < Math.min(endpoints, done + ENDPOINTS_PER_STACK); i++) addEndpoint(stack, `Endpoint${i}`);
  }
  const built = performance.now();
  app.synth();
  const end = performance.now();
  const cpu = process.cpuUsage(startCpu);
  return {
    ms: end - start,
    cpuMs: (cpu.user + cpu.system) / 1000,
    importMs: imported - start,
    constructMs: built - imported,
    synthMs: end - built,
    rssMB: process.resourceUsage().maxRSS / 1024,
  };
}

const [what, endpoints, outdir] = process.argv.slice(2);
console.log(JSON.stringify(what in IMPORTS ? measureImport(what) : measureSynth(what, Number(endpoints), outdir)));
