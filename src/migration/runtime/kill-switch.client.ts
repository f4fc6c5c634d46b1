import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { KILL_SWITCH_OFF } from '../contract';

const ssm = new SSMClient({});

/** Variant that everybody is sent to; undefined when the switch is off or there is none. */
export async function readKillSwitch(parameter: string): Promise<string | undefined> {
  try {
    const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    return found?.Value === KILL_SWITCH_OFF ? undefined : found?.Value;
  } catch (error) {
    if ((error as Error).name === 'ParameterNotFound') return undefined;
    throw error;
  }
}

export async function writeKillSwitch(parameter: string, value: string): Promise<void> {
  await ssm.send(new PutParameterCommand({ Name: parameter, Value: value, Type: 'String', Overwrite: true }));
}
