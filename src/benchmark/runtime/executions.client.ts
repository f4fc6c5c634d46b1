import { paginateListExecutions, SFNClient, type ExecutionListItem } from '@aws-sdk/client-sfn';

const client = new SFNClient({});
const PATIENCE_MS = 20_000;

/** Another run that goes on and began before this one; of two of the same moment one gives way, by its ARN. */
export async function earlierRun(stateMachineArn: string, own: string): Promise<string | undefined> {
  const executions: ExecutionListItem[] = [];
  for await (const page of paginateListExecutions({ client }, { stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 }, { abortSignal: AbortSignal.timeout(PATIENCE_MS) })) executions.push(...page.executions ?? []);
  // One that is redriven begins anew.
  const began = (arn: string): number | undefined => {
    const found = executions.find(({ executionArn }) => executionArn === arn);
    return (found?.redriveDate ?? found?.startDate)?.getTime();
  };
  const mine = began(own);
  // The list is a moment behind (API reference, ListExecutions): the director is asked again.
  if (mine === undefined) throw new Error(`${own} is not listed yet`);
  return executions.map(({ executionArn }) => executionArn!).find((arn) => arn !== own && (began(arn)! < mine || (began(arn) === mine && arn < own)));
}
