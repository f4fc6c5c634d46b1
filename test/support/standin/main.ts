import { parseArgs } from 'node:util';
import { PacedClock, RealClock, VirtualClock } from './clock';
import { FAST, REALISTIC } from './control';
import { EmulatorLogs, EmulatorObjects } from './emulator-stores';
import { serve } from './server';
import { StandIn } from './stand-in';

const USAGE = `Usage: npx tsx test/support/standin/main.ts [--port N] [--virtual] [--speed F] [--pace F [--origin MS]] [--stores URL]

  --port N     port on 127.0.0.1; 0, the default, takes a free one
  --virtual    time stands still until POST /_control {"advance": seconds}
  --speed F    factor on the durations (2 = everything takes half as long); real time only
  --pace F     time itself passes so many times faster, and everything takes about what it takes on AWS; real time only
  --origin MS  when the pace began, in milliseconds since the epoch; now when left out
  --stores URL jobs read and write the S3 and the CloudWatch Logs of an emulator at this address, not those in memory

Prints one line of JSON when it listens: {"url": ..., "port": ...}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, virtual: { type: 'boolean' }, speed: { type: 'string' }, pace: { type: 'string' }, origin: { type: 'string' }, stores: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const speed = Number(values.speed ?? 1);
  if (!(speed > 0)) throw new Error(`--speed must be above 0, got ${values.speed}`);
  const durations = Object.fromEntries(Object.entries(FAST).map(([name, seconds]) => [name, seconds / speed]));
  const stores = values.stores === undefined ? {} : { objects: new EmulatorObjects(values.stores), logs: new EmulatorLogs(values.stores) };
  const pace = Number(values.pace ?? 1);
  if (!(pace > 0)) throw new Error(`--pace must be above 0, got ${values.pace}`);
  const real = values.pace === undefined
    ? { clock: new RealClock(), durations }
    : { clock: new PacedClock(pace, values.origin === undefined ? undefined : Number(values.origin)), durations: REALISTIC };
  const standIn = new StandIn({ ...values.virtual ? { clock: new VirtualClock() } : real, ...stores });
  const server = await serve(standIn, Number(values.port ?? 0));
  console.log(JSON.stringify({ url: server.url, port: server.port }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close().then(() => process.exit(0)));
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
