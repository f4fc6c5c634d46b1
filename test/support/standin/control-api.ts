import type { Durations, Fault } from './control';
import { ServiceError } from './errors';
import { compileProgram, type JobResult } from './sagemaker/job-program';
import { SOMEONE, type StandIn } from './stand-in';
import type { Bucket, EndpointTraffic } from './traffic';

/** What POST /_control takes: any of these in one body, applied in this order. */
interface ControlBody {
  reset?: boolean;
  durations?: Partial<Durations>;
  failNext?: Fault | Fault[];
  capacity?: Record<string, number | null>;
  quotas?: Record<string, number | null>;
  alarms?: Record<string, 'ALARM' | 'OK'>;
  jobs?: JobResult | null;
  /** What clients send to an endpoint from now on; `null` ends it. Values only, of what a test in process may give as functions. */
  traffic?: { endpoint: string; account?: string; region?: string; requests: EndpointTraffic | null };
  metrics?: { publicationDelay?: number; partialAnswers?: number; extendedStatistics?: boolean };
  scale?: { endpoint: string; variant: string; count: number; account?: string; region?: string };
  advance?: number;
}

const KNOWN = ['reset', 'durations', 'failNext', 'capacity', 'quotas', 'alarms', 'jobs', 'traffic', 'metrics', 'scale', 'advance'];
const KNOWN_OF_JOB = ['seconds', 'files', 'deletes', 'log', 'exitCode', 'message', 'upload', 'interruptions', 'billableShare', 'metrics'];
/** A type, of endpoints, or of jobs by the name that their quota has. */
const LIMIT_NAME = /^ml\.[a-z0-9-]+\.[a-z0-9]+( for ((processing|training|spot training) job|training warm pool) usage)?$/;

function checkJob(result: JobResult | null | undefined): void {
  const unknown = Object.keys(result ?? {}).filter((key) => !KNOWN_OF_JOB.includes(key));
  if (unknown.length > 0) throw new ServiceError('ControlError', `unknown for a job: ${unknown.join(', ')}; known: ${KNOWN_OF_JOB.join(', ')}`);
}

const KNOWN_OF_METRICS = ['publicationDelay', 'partialAnswers', 'extendedStatistics'];
const KNOWN_OF_TRAFFIC = ['requestsPerMinute', 'variants', 'seed'];
const KNOWN_OF_VARIANT = ['errorRate', 'clientErrorRate', 'clump', 'latency', 'capacityPerInstance', 'targeted'];

function checkTraffic(traffic: ControlBody['traffic']): void {
  if (!traffic?.requests) return;
  const unknown = [
    ...Object.keys(traffic.requests).filter((key) => !KNOWN_OF_TRAFFIC.includes(key)),
    ...Object.values(traffic.requests.variants ?? {}).flatMap((variant) => Object.keys(variant).filter((key) => !KNOWN_OF_VARIANT.includes(key))),
  ];
  if (unknown.length > 0) throw new ServiceError('ControlError', `unknown for traffic: ${unknown.join(', ')}; known: ${[...KNOWN_OF_TRAFFIC, ...KNOWN_OF_VARIANT].join(', ')}`);
}

function callerOf({ account = SOMEONE.account, region = SOMEONE.region }: { account?: string; region?: string }): typeof SOMEONE {
  return { ...SOMEONE, account, region };
}

/** What variants served so far: the truth, not what CloudWatch shows. */
function served(standIn: StandIn, endpoint: string): object {
  const shown = ({ requests, serverErrors, clientErrors }: Bucket) => ({ requests, serverErrors, clientErrors });
  return Object.fromEntries(standIn.traffic.variants(endpoint).map((variant) => [variant, shown(standIn.traffic.total(endpoint, variant))]));
}

function limits(table: Map<string, number>, wanted: Record<string, number | null> = {}): void {
  for (const [type, count] of Object.entries(wanted)) {
    if (count === null) table.delete(type);
    else table.set(type, count);
  }
}

/** Names are checked: a misspelled failure that never happens would make a test pass for nothing. */
function apply(standIn: StandIn, body: ControlBody): object {
  const unknown = Object.keys(body).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new ServiceError('ControlError', `unknown control: ${unknown.join(', ')}; known: ${KNOWN.join(', ')}`);
  const { control } = standIn;
  for (const key of Object.keys(body.durations ?? {})) {
    if (!(key in control.durations)) throw new ServiceError('ControlError', `unknown duration: ${key}; known: ${Object.keys(control.durations).join(', ')}`);
  }
  const faults = [body.failNext ?? []].flat();
  for (const fault of faults) {
    const operations = (standIn.constructor as typeof StandIn).SERVICES.flatMap((service) => Object.keys(service.operations));
    if (!operations.includes(fault.operation)) throw new ServiceError('ControlError', `unknown operation: ${fault.operation}`);
    checkJob(fault.job);
  }
  checkJob(body.jobs);
  for (const key of Object.keys(body.metrics ?? {})) {
    if (!KNOWN_OF_METRICS.includes(key)) throw new ServiceError('ControlError', `unknown for metrics: ${key}; known: ${KNOWN_OF_METRICS.join(', ')}`);
  }
  checkTraffic(body.traffic);
  for (const name of [...Object.keys(body.capacity ?? {}), ...Object.keys(body.quotas ?? {})]) {
    if (!LIMIT_NAME.test(name)) throw new ServiceError('ControlError', `no instance type, nor the use of one by jobs: ${name}`);
  }
  if (body.reset) standIn.reset();
  Object.assign(control.durations, body.durations);
  control.faults.push(...faults);
  limits(control.capacity, body.capacity);
  limits(control.quotas, body.quotas);
  for (const [name, state] of Object.entries(body.alarms ?? {})) standIn.setAlarm(name, state === 'ALARM');
  if (body.jobs !== undefined) standIn.program = (job) => ({ ...compileProgram(job), ...body.jobs });
  if (body.traffic) standIn.setTraffic(body.traffic.endpoint, body.traffic.requests ?? undefined, callerOf(body.traffic));
  Object.assign(standIn.metrics, body.metrics);
  const scaled = body.scale && standIn.scale(body.scale.endpoint, body.scale.variant, body.scale.count, callerOf(body.scale));
  if (body.advance !== undefined) standIn.advance(body.advance);
  return { ok: true, scaled };
}

/** The control API: what tests and scripts ask of the world from outside the process. */
export function controlRequest(standIn: StandIn, method: string, path: string, body: string): { status: number; answer: object } {
  const { control } = standIn;
  const [, endpoint] = /^GET \/_control\/traffic\/([^/]+)$/.exec(`${method} ${path}`) ?? [];
  try {
    if (endpoint !== undefined) return { status: 200, answer: served(standIn, endpoint) };
    switch (`${method} ${path}`) {
      case 'GET /_control/health': return { status: 200, answer: { ok: true } };
      case 'GET /_control/requests': return { status: 200, answer: control.calls };
      case 'DELETE /_control/requests':
        control.calls.length = 0;
        return { status: 200, answer: { ok: true } };
      case 'GET /_control/role-calls': return { status: 200, answer: control.roleCalls };
      case 'DELETE /_control/role-calls':
        control.roleCalls.length = 0;
        return { status: 200, answer: { ok: true } };
      case 'GET /_control/events': return { status: 200, answer: standIn.bus.events };
      case 'GET /_control/hazards': return { status: 200, answer: control.hazards };
      case 'GET /_control': return {
        status: 200,
        answer: {
          now: standIn.clock.now(),
          durations: control.durations,
          faults: control.faults,
          capacity: Object.fromEntries(control.capacity),
          quotas: Object.fromEntries(control.quotas),
          alarms: [...control.alarms],
        },
      };
      case 'POST /_control': return { status: 200, answer: apply(standIn, JSON.parse(body === '' ? '{}' : body) as ControlBody) };
      default: return { status: 404, answer: { message: `no control at ${method} ${path}` } };
    }
  } catch (error) {
    return { status: 400, answer: { message: (error as Error).message } };
  }
}
