import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** What a custom resource answers; CloudFormation waits an hour for an answer that does not come. */
export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
}

const ATTEMPTS = 5;

/** Answers CloudFormation. */
export async function respond(event: CloudFormationCustomResourceEvent, answer: Answer): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  await put(event.ResponseURL, JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }));
}

/**
 * Puts a text to a pre-signed address of CloudFormation. The addresses are signed without a content type, so none may be sent
 * (CloudFormation user guide, wait conditions: `curl -T /tmp/a "<url>"`). Who has the address can answer: no message and no log has it.
 */
export async function put(url: string, body: string, pauseMs = 1000): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await once(url, body);
    if (failure === undefined) return;
    if (attempt === ATTEMPTS || failure.final) throw new Error(`CloudFormation did not take the answer: ${failure.text}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (attempt - 1)));
  }
}

async function once(url: string, body: string): Promise<{ text: string; final: boolean } | undefined> {
  try {
    const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body });
    if (answer.ok) return undefined;
    return { text: `HTTP status ${answer.status}`, final: answer.status >= 400 && answer.status < 500 && answer.status !== 429 };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return { text: cause?.message ?? message, final: false };
  }
}
