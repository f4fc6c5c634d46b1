import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { bucketOf, newStack, ofType, P4D, refused, request, rungOf, script, templateOf, train, trained, TRN1 } from './support';
import { TrainingCode, type TrainingJobProps } from '../../src';
import { problemText } from '../../src/private/problems';
import { placeProblems, trainingPlaces } from '../../src/training/training-places';

type Props = Pick<TrainingJobProps, 'output' | 'checkpoints' | 'compileCache'>;

const ALL = { cache: true, markers: true };

/** Where everything is: `bucket/prefix`. */
function places(props: (stack: Stack) => Props = () => ({}), needs = ALL): Record<string, string | undefined> {
  const stack = newStack();
  const found = trainingPlaces(stack, props(stack), needs);
  const own = stack.node.tryFindChild('Output') as s3.Bucket | undefined;
  return Object.fromEntries(Object.entries(found).map(([name, one]) => [name, one === undefined ? undefined : `${one.bucket === own ? 'own' : one.bucket.bucketName}/${one.prefix}`]));
}

/** The folders of the bucket of its own that are forgotten, and after how many days. */
function forgotten(props: Partial<TrainingJobProps>): [string | undefined, number | undefined][] {
  const stack = newStack();
  train(stack, props);
  const [[, { Properties }]] = ofType(stack, 'AWS::S3::Bucket');
  return Properties.LifecycleConfiguration.Rules.map((one: any) => [one.Prefix, one.ExpirationInDays ?? -one.AbortIncompleteMultipartUpload.DaysAfterInitiation]);
}

describe('the folders', () => {
  test('by default are in one bucket', () => {
    expect(places()).toEqual({ output: 'own/models/', code: 'own/models-code/', checkpoints: undefined, cache: 'own/neuron-cache/', markers: 'own/neuron-cache-filled/' });
  });

  test('are in the bucket of the models where there is none of their own, and that is not made', () => {
    expect(places((stack) => ({ output: { bucket: bucketOf(stack), prefix: 'a/b' }, checkpoints: {}, compileCache: { bucket: bucketOf(stack, 'graphs') } }))).toEqual({
      output: 'models/a/b/', code: 'models/a/b-code/', checkpoints: 'models/checkpoints/', cache: 'graphs/neuron-cache/', markers: 'graphs/neuron-cache-filled/',
    });
    expect(ofType(trained().stack, 'AWS::S3::Bucket')).toEqual([]);
  });

  test('end in one slash, however they are given', () => {
    for (const slash of ['', '/']) {
      expect(places(() => ({ output: { prefix: `m${slash}` }, checkpoints: { prefix: `x/y${slash}` }, compileCache: { prefix: `g${slash}` } }))).toEqual({
        output: 'own/m/', code: 'own/m-code/', checkpoints: 'own/x/y/', cache: 'own/g/', markers: 'own/g-filled/',
      });
    }
  });

  test('are those that are needed', () => {
    expect(places(undefined, { cache: false, markers: true })).toMatchObject({ cache: undefined, markers: undefined });
    expect(places(undefined, { cache: true, markers: false })).toMatchObject({ cache: 'own/neuron-cache/', markers: undefined });
    expect(places(() => ({ checkpoints: {} }), ALL).checkpoints).toBe('own/checkpoints/');
  });

  test('are those that jobs are told of', () => {
    const stack = newStack();
    train(stack, { rungs: [{ ...TRN1, precompile: {} }], output: { bucket: bucketOf(stack), prefix: 'm/' }, checkpoints: { prefix: 'c' }, compileCache: { prefix: 'g' } });
    const { OutputDataConfig, CheckpointConfig, Environment, InputDataConfig } = request(stack);
    expect([OutputDataConfig.S3OutputPath, CheckpointConfig.S3Uri, Environment.NEURON_COMPILE_CACHE_URL]).toEqual(['s3://models/m/', 's3://models/c/', 's3://models/g/']);
    expect(InputDataConfig[0].DataSource.S3DataSource.S3Uri).toMatch(/^s3:\/\/models\/m-code\/[0-9a-f]{64}\.gz$/);
    expect(rungOf(stack).precompile!.marker).toMatch(/^g-filled\/[0-9a-f]{32}$/);
  });
});

describe('a bucket of its own forgets', () => {
  const UPLOADS: [undefined, number] = [undefined, -7];
  test.each<[string, Partial<TrainingJobProps>, string[]]>([
    ['graphs, with the marks that they are there', {}, ['neuron-cache/', 'neuron-cache-filled/']],
    ['checkpoints, where there are any', { checkpoints: {} }, ['checkpoints/', 'neuron-cache/', 'neuron-cache-filled/']],
    ['what is in the folders that were given', { output: { prefix: 'm/n' }, checkpoints: { prefix: 'c/d/' }, compileCache: { prefix: 'g' } }, ['c/d/', 'g/', 'g-filled/']],
    ['no graphs of GPUs', { rungs: [P4D] }, []],
    ['graphs of GPUs where somebody has a folder for them', { rungs: [P4D], compileCache: { prefix: 'g' } }, ['g/', 'g-filled/']],
    ['nothing of other buckets', { checkpoints: { bucket: bucketOf(newStack(), 'state') }, compileCache: { bucket: bucketOf(newStack(), 'graphs') } }, []],
  ])('%s', (_, props, folders) => expect(forgotten(props)).toEqual([UPLOADS, ...folders.map((one) => [one, 90])]));

  test('no models, and no scripts: a run may ask for its own for a year', () => {
    const prefixes = forgotten({ rungs: [{ ...TRN1, precompile: {} }] }).flatMap(([prefix]) => prefix ?? []);
    for (const kept of ['models/job/output/model.tar.gz', 'models-code/0.gz']) expect(prefixes.filter((prefix) => kept.startsWith(prefix))).toEqual([]);
  });

  test('nothing of a bucket that was given', () => {
    const { stack } = trained({ checkpoints: {} });
    expect(JSON.stringify(templateOf(stack)).includes('LifecycleConfiguration')).toBe(false);
  });
});

describe('folders in each other', () => {
  const NONE = 'allowed: folders of which none is in another; fix: give it another name';
  const found = (props: (stack: Stack) => Props) => placeProblems(props(newStack())).map(problemText);

  test.each<[string, (stack: Stack) => Props, string[]]>([
    ['checkpoints below the models', () => ({ checkpoints: { prefix: 'models/checkpoints' } }), [`\`checkpoints.prefix\`: got "models/checkpoints/", where output.prefix is "models/"; ${NONE}`]],
    ['models below the checkpoints', () => ({ output: { prefix: 'x/models' }, checkpoints: { prefix: 'x' } }), [`\`checkpoints.prefix\`: got "x/", where output.prefix is "x/models/"; ${NONE}`, `\`checkpoints.prefix\`: got "x/", where the folder of scripts is "x/models-code/"; ${NONE}`]],
    ['the same', () => ({ output: { prefix: 'x' }, checkpoints: { prefix: 'x/' } }), [`\`checkpoints.prefix\`: got "x/", where output.prefix is "x/"; ${NONE}`]],
    ['the default of another', () => ({ compileCache: { prefix: 'checkpoints' }, checkpoints: {} }), [`\`compileCache.prefix\`: got "checkpoints/", where checkpoints.prefix is "checkpoints/"; ${NONE}`]],
    ['models in the default of the graphs', () => ({ output: { prefix: 'neuron-cache/models' } }), [`\`compileCache.prefix\`: got "neuron-cache/", where output.prefix is "neuron-cache/models/"; ${NONE}`, `\`compileCache.prefix\`: got "neuron-cache/", where the folder of scripts is "neuron-cache/models-code/"; ${NONE}`]],
    ['all in one', () => ({ output: { prefix: 'x' }, checkpoints: { prefix: 'x' }, compileCache: { prefix: 'x' } }), [
      `\`checkpoints.prefix\`: got "x/", where output.prefix is "x/"; ${NONE}`, `\`compileCache.prefix\`: got "x/", where output.prefix is "x/"; ${NONE}`, `\`compileCache.prefix\`: got "x/", where checkpoints.prefix is "x/"; ${NONE}`,
    ]],
    ['of one bucket that is given to both', (stack) => ({ output: { bucket: bucketOf(stack, 'both') }, checkpoints: { bucket: bucketOf(stack, 'both'), prefix: 'models' } }), [`\`checkpoints.prefix\`: got "models/", where output.prefix is "models/"; ${NONE}`]],
    ['of one bucket, imported twice', (stack) => ({ output: { bucket: s3.Bucket.fromBucketName(stack, 'One', 'both') }, checkpoints: { bucket: s3.Bucket.fromBucketName(stack, 'Two', 'both'), prefix: 'models' } }), [`\`checkpoints.prefix\`: got "models/", where output.prefix is "models/"; ${NONE}`]],
    ['checkpoints in the folder of scripts', () => ({ checkpoints: { prefix: 'models-code' } }), [`\`checkpoints.prefix\`: got "models-code/", where the folder of scripts is "models-code/"; ${NONE}`]],
    ['graphs below the folder of scripts', () => ({ output: { prefix: 'm' }, compileCache: { prefix: 'm-code/graphs' } }), [`\`compileCache.prefix\`: got "m-code/graphs/", where the folder of scripts is "m-code/"; ${NONE}`]],
    ['checkpoints in the folder of marks', () => ({ checkpoints: { prefix: 'neuron-cache-filled' } }), [`\`checkpoints.prefix\`: got "neuron-cache-filled/", where the folder of marks is "neuron-cache-filled/"; ${NONE}`]],
    ['models in the folder of marks', () => ({ output: { prefix: 'g-filled/x' }, compileCache: { prefix: 'g' } }), [`\`output.prefix\`: got "g-filled/x/", where the folder of marks is "g-filled/"; ${NONE}`]],
  ])('%s', (_, props, messages) => expect(found(props)).toEqual(messages));

  test.each<[string, (stack: Stack) => Props]>([
    ['the defaults', () => ({ checkpoints: {}, compileCache: {} })],
    ['names that begin alike', () => ({ output: { prefix: 'x' }, checkpoints: { prefix: 'x1' }, compileCache: { prefix: 'x-y' } })],
    ['folders beside each other', () => ({ output: { prefix: 'x/a' }, checkpoints: { prefix: 'x/b' }, compileCache: { prefix: 'x/c' } })],
    ['of other buckets', (stack) => ({ output: { prefix: 'x' }, checkpoints: { prefix: 'x', bucket: bucketOf(stack, 'state') }, compileCache: { prefix: 'x', bucket: bucketOf(stack, 'graphs') } })],
    ['of other buckets that are made here', (stack) => ({ output: { prefix: 'x', bucket: new s3.Bucket(stack, 'A') }, checkpoints: { prefix: 'x', bucket: new s3.Bucket(stack, 'B') } })],
  ])('not: %s', (_, props) => expect(found(props)).toEqual([]));

  test('are refused by a training, before anything is made', () => {
    expect(refused({ code: script(), checkpoints: { prefix: 'models/x' } })).toBe(`\`checkpoints.prefix\`: got "models/x/", where output.prefix is "models/"; ${NONE}`);
    expect(refused({ code: TrainingCode.inImage(), checkpoints: {}, compileCache: {} })).toBe('nothing thrown');
  });
});
