import { GPU_ERRORS, type Health, type Migration, type Moment } from './world';

const gpu = (errors = GPU_ERRORS) => (): Health => ({ errors, slowdown: 1 });
/** Inferentia2 is 12 % slower by design, as far as one request is concerned. */
const neuron = (errors = GPU_ERRORS, slowdown = 1.12) => (): Health => ({ errors, slowdown });
const rate = (requests: number) => () => requests;
const within = ({ minute }: Moment, from: number, to: number) => minute >= from && minute < to;

/** Daily traffic: half to one and a half times the mean within four hours. */
const wave = (mean: number) => (minute: number) => mean * (1 + 0.5 * Math.sin(minute / 240 * 2 * Math.PI));

const base = { requestsPerMinute: rate(1000), control: gpu(), newcomer: neuron() };

const outage = (moment: Moment) => within(moment, 33, 43) ? 0.08 : 0;

type Unkinded = Omit<Migration, 'kind'>;
const GOOD: Unkinded[] = [
  { ...base, name: '1,000 req/min' },
  { ...base, name: '300 req/min', requestsPerMinute: rate(300) },
  { ...base, name: '100 req/min, waves', requestsPerMinute: wave(100) },
  { ...base, name: '10 req/min', requestsPerMinute: rate(10) },
  { ...base, name: '100,000 req/min', requestsPerMinute: rate(100_000) },
  { ...base, name: '20,000 req/min, strong noise', requestsPerMinute: rate(20_000), noise: 0.08, memory: 0.9 },
  { ...base, name: '20 % slower than the GPU', newcomer: neuron(GPU_ERRORS, 1.2) },
  { ...base, name: 'cold start: 10 % of requests 10 times slower for 4 min', newcomer: ({ sinceChange }) => ({ errors: GPU_ERRORS, slowdown: 1.12, tailShare: sinceChange < 4 ? 0.1 : 0, tailFactor: 10 }) },
  { ...base, name: 'both at 8 % errors for 10 min', control: (m) => ({ errors: GPU_ERRORS + outage(m), slowdown: 1 }), newcomer: (m) => ({ errors: GPU_ERRORS + outage(m), slowdown: 1.12 }) },
  { ...base, name: 'GPU without errors, newcomer 0.15 %, both at 8 % for 10 min', control: (m) => ({ errors: outage(m), slowdown: 1 }), newcomer: (m) => ({ errors: 0.0015 + outage(m), slowdown: 1.12 }) },
  { ...base, name: 'GPU already at 1.2 % errors', control: gpu(0.012), newcomer: neuron(0.012) },
  { ...base, name: 'one instance replaced: 10 % errors for 1 min, across two periods', newcomer: (m) => ({ errors: GPU_ERRORS + (within(m, 24, 26) ? 0.05 : 0), slowdown: 1.12 }) },
  { ...base, name: 'errors in clumps of 8', clump: 8 },
  { ...base, name: 'bursts of bad requests by one client, 5 % for 1 min, every 17', control: (m) => ({ errors: GPU_ERRORS + (m.minute % 17 === 5 ? 0.05 : 0), slowdown: 1 }), newcomer: (m) => ({ errors: GPU_ERRORS + (m.minute % 17 === 5 ? 0.05 : 0), slowdown: 1.12 }) },
  { ...base, name: '100 req/min, none for 25 min', requestsPerMinute: (minute) => minute >= 12 && minute < 37 ? 0 : 100 },
];

const EDGE: Unkinded[] = [
  { ...base, name: 'errors exactly twice the GPU\'s, 8 h', newcomer: neuron(2 * GPU_ERRORS), limit: 480 },
  { ...base, name: 'latency exactly +25 %, 8 h', newcomer: neuron(GPU_ERRORS, 1.25), noise: 0, limit: 480 },
];

const BAD: Unkinded[] = [
  { ...base, name: '50 % errors', newcomer: neuron(0.5) },
  { ...base, name: '50 % errors, 100 req/min', requestsPerMinute: rate(100), newcomer: neuron(0.5) },
  { ...base, name: '+1 % errors', newcomer: neuron(GPU_ERRORS + 0.01) },
  { ...base, name: '+1 % errors, 100 req/min', requestsPerMinute: rate(100), newcomer: neuron(GPU_ERRORS + 0.01) },
  { ...base, name: '+5 % errors, 10 req/min', requestsPerMinute: rate(10), newcomer: neuron(GPU_ERRORS + 0.05) },
  { ...base, name: '+1 % errors, both at 8 % for 10 min', control: (m) => ({ errors: GPU_ERRORS + outage(m), slowdown: 1 }), newcomer: (m) => ({ errors: 0.01 + GPU_ERRORS + outage(m), slowdown: 1.12 }) },
  { ...base, name: '+2 % errors in clumps of 20', newcomer: neuron(0.021), clump: 20 },
  { ...base, name: '10 % errors for 1 min, every 10', limit: 300, newcomer: (m) => ({ errors: GPU_ERRORS + (m.minute % 10 === 4 ? 0.1 : 0), slowdown: 1.12 }) },
  { ...base, name: 'p99: 3 % of requests 2.5 times slower', newcomer: () => ({ errors: GPU_ERRORS, slowdown: 1.12, tailShare: 0.03, tailFactor: 2.5 }) },
  { ...base, name: 'latency +40 %', newcomer: neuron(GPU_ERRORS, 1.4) },
  { ...base, name: 'latency +40 %, 10 req/min', requestsPerMinute: rate(10), newcomer: neuron(GPU_ERRORS, 1.4) },
  { ...base, name: 'leak: 1 % slower each minute', newcomer: ({ minute }) => ({ errors: GPU_ERRORS, slowdown: 1.12 + 0.01 * minute }) },
  { ...base, name: 'capacity for 40 % of the traffic', newcomer: ({ requests }) => ({ errors: GPU_ERRORS + Math.max(0, 0.5 * (1 - 400 / Math.max(1, requests))), slowdown: 1.12 * (requests > 400 ? 1.6 : requests > 340 ? 1.15 : 1) }) },
  { ...base, name: '+3 % errors from minute 70', newcomer: ({ minute }) => ({ errors: GPU_ERRORS + (minute >= 70 ? 0.03 : 0), slowdown: 1.12 }) },
];

const SILENT: Unkinded[] = [{ ...base, name: 'no traffic', requestsPerMinute: rate(0), limit: 120 }];

export const MIGRATIONS: readonly Migration[] = [
  ...GOOD.map((one) => ({ ...one, kind: 'good' as const })),
  ...EDGE.map((one) => ({ ...one, kind: 'edge' as const })),
  ...BAD.map((one) => ({ ...one, kind: 'bad' as const })),
  ...SILENT.map((one) => ({ ...one, kind: 'silent' as const })),
] as readonly Migration[];
