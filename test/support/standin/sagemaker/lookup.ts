import { invalid } from '../errors';
import { sagemakerArn, type CallContext } from '../service';
import type { EndpointConfigRecord, EndpointRecord, ModelRecord } from '../state';

/** The endpoint, or the service's error when there is none. */
export function endpoint(context: CallContext, name: string): EndpointRecord {
  const found = context.state.endpoints.get(name.toLowerCase());
  if (!found) throw invalid(`Could not find endpoint "${sagemakerArn(context, 'endpoint', name)}".`);
  return found;
}

/** The endpoint configuration, or the service's error when there is none. */
export function endpointConfig(context: CallContext, name: string): EndpointConfigRecord {
  const found = context.state.endpointConfigs.get(name.toLowerCase());
  if (!found) throw invalid(`Could not find endpoint configuration "${sagemakerArn(context, 'endpoint-config', name)}".`);
  return found;
}

/** The model, or the service's error when there is none. */
export function model(context: CallContext, name: string): ModelRecord {
  const found = context.state.models.get(name.toLowerCase());
  if (!found) throw invalid(`Could not find model "${sagemakerArn(context, 'model', name)}".`);
  return found;
}
