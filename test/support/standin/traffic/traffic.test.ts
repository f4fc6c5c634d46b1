import { Bucket, MINUTE, type EndpointTraffic, type Moment } from '.';
import { Random } from './random';
import { Fixture } from '../fixture';
import { SAGEMAKER } from '../sagemaker';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.start({ weights: 30 });
  await fixture.endpoint();
});
afterEach(async () => fixture.stop());

const shift = (gpu: number, inf2: number) => fixture.standIn.call(SAGEMAKER, 'UpdateEndpointWeightsAndCapacities', {
  EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: gpu }, { VariantName: 'inf2', DesiredWeight: inf2 }],
});
const requests = () => ['gpu', 'inf2'].map((variant) => fixture.standIn.traffic.total('web', variant).requests);
const begin = (traffic: EndpointTraffic) => fixture.standIn.setTraffic('web', traffic);
const near = (found: number, wanted: number, within = 5 * Math.sqrt(wanted)) => expect(Math.abs(found - wanted)).toBeLessThanOrEqual(within);

test('requests follow the weights, from the second on in which they have changed', () => {
  begin({ requestsPerMinute: 6000 });
  fixture.standIn.advance(15);
  expect(requests()[1]).toBe(0);
  near(requests()[0], 1500);
  shift(0.5, 0.5);
  fixture.standIn.advance(30);
  // The call takes effect when the endpoint is back in service.
  near(requests()[0], 4500);
  expect(requests()[1]).toBe(0);
  fixture.standIn.advance(60);
  near(requests()[1], 3000);
});

test('who looks, and when, makes no difference', () => {
  const minute = (look: boolean) => {
    fixture.standIn.traffic.reset();
    begin({ requestsPerMinute: 700, seed: 3 });
    const start = fixture.standIn.clock.now();
    for (let second = 0; second < 120; second += 7) {
      fixture.standIn.advance(7);
      if (look) fixture.standIn.traffic.bucket('web', 'gpu', Math.floor(start / MINUTE) * MINUTE);
    }
    return requests()[0];
  };
  // Two runs begin at another offset into a slice only if the clock says so: 126 seconds are no whole slices.
  fixture.standIn.advance(4);
  const first = minute(false);
  fixture.standIn.advance(600 - 126);
  expect(minute(true)).toBe(first);
});

test('the seed decides', () => {
  const run = (seed?: number) => {
    fixture.standIn.traffic.reset();
    begin({ requestsPerMinute: 1000, seed });
    fixture.standIn.advance(600);
    return requests()[0];
  };
  expect([run(1), run(), run(2)]).toEqual([run(1), run(1), run(2)]);
  expect(run(1)).not.toBe(run(2));
});

test('errors, client errors and what is overloaded', () => {
  begin({ requestsPerMinute: 10_000, variants: { gpu: { errorRate: 0.02, clientErrorRate: 0.1 } } });
  fixture.standIn.advance(600);
  const { requests: all, serverErrors, clientErrors, latency } = fixture.standIn.traffic.total('web', 'gpu');
  near(all, 100_000);
  near(clientErrors, all * 0.1);
  near(serverErrors, all * 0.9 * 0.02);
  // 4XX never reaches the model.
  expect(latency.count).toBe(all - clientErrors);
});

test('over the capacity of the instances requests are refused and the others take longer', () => {
  begin({ requestsPerMinute: 10_000, variants: { gpu: { capacityPerInstance: 4000 } } });
  fixture.standIn.advance(60);
  const { requests: all, serverErrors, latency } = fixture.standIn.traffic.total('web', 'gpu');
  near(serverErrors, all * 0.6);
  expect(latency.count).toBe(all - serverErrors);
  expect(Math.abs(latency.quantile(0.5) / 250_000 - 1)).toBeLessThan(0.03);
});

test('under its capacity nothing changes', () => {
  begin({ requestsPerMinute: 3000, variants: { gpu: { capacityPerInstance: 4000 } } });
  fixture.standIn.advance(60);
  const { serverErrors, latency } = fixture.standIn.traffic.total('web', 'gpu');
  expect(serverErrors).toBe(0);
  expect(Math.abs(latency.quantile(0.5) / 50_000 - 1)).toBeLessThan(0.03);
});

test('a behaviour may depend on time and load', () => {
  const seen: Moment[] = [];
  begin({ requestsPerMinute: (minute) => minute < 5 ? 600 : 0, variants: { gpu: { errorRate: (at) => { seen.push(at); return at.minute >= 2 ? 1 : 0; } } } });
  fixture.standIn.advance(600);
  const { requests: all, serverErrors } = fixture.standIn.traffic.total('web', 'gpu');
  near(all, 3000);
  near(serverErrors, 1800);
  expect(seen[0]).toEqual({ minute: 0, instances: 1, share: 1, requestsPerMinute: 600 });
});

test('slow requests, errors in clumps, latency by one\'s own chance', () => {
  const random = new Random(1);
  const slow = new Bucket();
  slow.serve(random, 100_000, { errorRate: 0, clientErrorRate: 0, refused: 0, latency: { median: 10, slow: { share: 0.1, factor: 10 } }, clump: 1, instances: 2 });
  near(100_000 - slow.latency.atMost(35_000), 10_000);
  expect(slow.perInstance).toBe(50_000);
  const clumps = new Bucket();
  clumps.serve(random, 80_000, { errorRate: 0.01, clientErrorRate: 0, refused: 0, latency: () => 20, clump: 8, instances: 1 });
  expect(clumps.serverErrors % 8).toBe(0);
  expect(clumps.latency.count).toBe(80_000);
  expect(Math.abs(clumps.latency.quantile(0.9) / 20_000 - 1)).toBeLessThan(0.01);
});

test('requests that name a variant come whatever the weights are, and are its load', () => {
  begin({ requestsPerMinute: 600, variants: { inf2: { targeted: 300, capacityPerInstance: 150 } } });
  fixture.standIn.advance(600);
  const inf2 = fixture.standIn.traffic.total('web', 'inf2');
  near(inf2.requests, 3000);
  near(inf2.serverErrors, inf2.requests / 2);
});

test('no request without an endpoint, nor to weights of 0', () => {
  begin({ requestsPerMinute: 600 });
  shift(0, 0);
  fixture.standIn.advance(30);
  const [before] = requests();
  fixture.standIn.advance(600);
  expect(requests()).toEqual([before, 0]);
  fixture.standIn.setTraffic('none', { requestsPerMinute: 600 });
  fixture.standIn.advance(60);
  expect(fixture.standIn.traffic.total('none', 'gpu').requests).toBe(0);
});

test('new traffic begins anew, what was stays', () => {
  begin({ requestsPerMinute: 600 });
  fixture.standIn.advance(60);
  const [before] = requests();
  fixture.standIn.setTraffic('web', undefined);
  fixture.standIn.advance(600);
  expect(requests()).toEqual([before, 0]);
  begin({ requestsPerMinute: (minute) => minute < 1 ? 600 : 0 });
  fixture.standIn.advance(600);
  near(requests()[0] - before, 600);
});

test('a million requests a minute for a day are a matter of seconds', () => {
  const before = process.cpuUsage();
  begin({ requestsPerMinute: 1_000_000, variants: { gpu: { errorRate: 0.001 } } });
  fixture.standIn.advance(24 * 3600);
  near(requests()[0], 1_440_000_000);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000_000).toBeLessThan(15);
});
