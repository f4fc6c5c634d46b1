process.env.CDK_VALIDATION ??= 'false';
import { Template } from 'aws-cdk-lib/assertions';
import { Stack } from 'aws-cdk-lib';
import { InferenceEndpoint } from '../../src';
import { twoVariants } from './support';
const { stack } = twoVariants({ inf2: { weight: 0 } });
console.log(JSON.stringify(Template.fromStack(stack).toJSON(), null, 1));
