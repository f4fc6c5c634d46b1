import { trainedModelKey, type KeyEvent, type Refusal, type TrainedModelKey } from '../core/trained-model';

/**
 * Makes the key of a model whose address came with an execution. What is wrong with the address is an answer, and no error: the state
 * machine would try again, and a person would read it as JSON in JSON.
 */
export async function handler(event: KeyEvent): Promise<TrainedModelKey | Refusal> {
  const answer = trainedModelKey(event);
  console.log('reason' in answer ? answer.reason : `${answer.sourceUri}: ${answer.key}`);
  return answer;
}
