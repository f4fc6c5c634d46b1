import { DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { VirtualClock } from './clock';
import { refusal } from './fixture';
import { loopback } from './loopback';
import { StandIn } from './stand-in';

const standIn = new StandIn({ clock: new VirtualClock() });
const config = { region: 'eu-west-1', maxAttempts: 1, credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' }, requestHandler: new (loopback(standIn))() as never };

test('answers, errors and callers without a socket', async () => {
  expect(await refusal(new SageMakerClient(config).send(new DescribeEndpointCommand({ EndpointName: 'none' })))).toBe('ValidationException: Could not find endpoint "arn:aws:sagemaker:eu-west-1:210987654321:endpoint/none".');
  expect(await refusal(new SageMakerRuntimeClient(config).send(new InvokeEndpointCommand({ EndpointName: 'none', Body: '{}' })))).toBe('ValidationError: Endpoint none of account 210987654321 not found.');
  const { MessageId } = await new SNSClient(config).send(new PublishCommand({ TopicArn: 'arn:aws:sns:eu-west-1:210987654321:T', Message: 'm' }));
  expect(standIn.state({ account: '210987654321', region: 'eu-west-1', accessKey: '' }).notifications).toMatchObject([{ id: MessageId, message: 'm' }]);
});
