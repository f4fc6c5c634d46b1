import { equal, ok } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../../..');
export const OUT = mkdtempSync(join(tmpdir(), 'smoke-'));
export const STAND_IN = process.env.STAND_IN_URL ?? '';

/** Runs the CLI on an app of this folder; resolves to its output, whatever its exit code. */
export async function cdk(app: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const command = `node ${join(ROOT, 'node_modules/tsx/dist/cli.mjs')} ${join(__dirname, app)}`;
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args, '--app', command, '--output', join(OUT, 'cdk.out'), '--no-notices'], {
    cwd: OUT, env: { ...process.env, CDK_VALIDATION: 'false', CI: 'true' }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  const code = await new Promise<number>((done) => child.on('close', (exit) => done(exit ?? 1)));
  return { code, output };
}

export async function control(body: object): Promise<void> {
  const answer = await fetch(`${STAND_IN}/_control`, { method: 'POST', body: JSON.stringify(body) });
  ok(answer.ok, await answer.text());
}

export async function logged(operation: string): Promise<{ input: Record<string, unknown>; status: number }[]> {
  const calls = await (await fetch(`${STAND_IN}/_control/requests`)).json() as { operation: string; input: Record<string, unknown>; status: number }[];
  return calls.filter((call) => call.operation === operation);
}

/** MiniStack checks no signatures, and reads the account from the key. */
export function authorization(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}

/** One call to a JSON service of MiniStack itself. */
export async function ministack(target: string, service: string, body: object): Promise<Record<string, string>> {
  const answer = await fetch(process.env.AWS_ENDPOINT_URL!, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      'authorization': authorization(service),
    },
    body: JSON.stringify(body),
  });
  return await answer.json() as Record<string, string>;
}

export const pause = async (seconds: number): Promise<void> => new Promise((done) => setTimeout(done, seconds * 1000));

/** Runs a state machine to its end. */
export async function execute(stateMachineArn: string, input: object): Promise<Record<string, string>> {
  const { executionArn } = await ministack('AWSStepFunctions.StartExecution', 'states', { stateMachineArn, input: JSON.stringify(input) });
  let execution: Record<string, string> = { status: 'RUNNING' };
  while (execution.status === 'RUNNING') {
    await pause(0.2);
    execution = await ministack('AWSStepFunctions.DescribeExecution', 'states', { executionArn });
  }
  return execution;
}

export async function step(name: string, action: () => Promise<void>): Promise<void> {
  const start = Date.now();
  await action();
  console.log(`ok   ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
}

export function succeeded({ code, output }: { code: number; output: string }): void {
  equal(code, 0, output);
}

/** Runs the proof; its last line says how it went. */
export function prove(name: string, main: () => Promise<void>): void {
  ok(STAND_IN, 'STAND_IN_URL is not set: eval "$(test/support/ministack/up.sh)" first');
  main()
    .then(() => console.log(`${name}: passed`))
    .catch((error: unknown) => {
      console.error(`FAIL ${(error as Error).stack}`);
      process.exitCode = 1;
    })
    .finally(() => rmSync(OUT, { recursive: true, force: true }));
}
