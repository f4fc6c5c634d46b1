import { contentKey } from '../../../src/compilation/core/content-key';
import { trainedModelKey, type KeyEvent, type Refusal, type TrainedModelKey } from '../../../src/compilation/core/trained-model';

const EVENT: KeyEvent = {
  model: { uri: 's3://models/bert/run-1/model.tar.gz', revision: 'v1' },
  path: '$.model',
  models: { bucket: 'models', prefix: 'bert' },
  artifacts: { bucket: 'artifacts', prefix: 'neuron' },
  inputs: {
    kind: 'text-encoder', shapes: { batch_size: 4 }, autoCast: 'matmul', tensorParallelDegree: 1, target: 'inf2', image: 'i:1', layout: 'archive', maxCpuOperators: 0, trustRemoteCode: false, scriptVersion: 1,
  },
  arguments: ['--kind', 'text-encoder'],
};
const answer = (change: Partial<KeyEvent> = {}) => trainedModelKey({ ...EVENT, ...change }) as TrainedModelKey & Refusal;
const reason = (uri: unknown, revision: unknown = 'v1') => answer({ model: { uri, revision } }).reason;

test('all that follows from a key', () => {
  const key = contentKey({ ...EVENT.inputs, source: 's3://models/bert/run-1/model.tar.gz@v1' });
  expect(answer()).toEqual({
    key,
    folder: `neuron/${key}/`,
    uri: `s3://artifacts/neuron/${key}/`,
    modelUri: `s3://artifacts/neuron/${key}/model.tar.gz`,
    sourceUri: 's3://models/bert/run-1/model.tar.gz',
    sourceKey: 'bert/run-1/model.tar.gz',
    arguments: ['--key', key, '--kind', 'text-encoder'],
  });
});

test('files have no archive', () => {
  const { uri, modelUri } = answer({ inputs: { ...EVENT.inputs, layout: 'files' } });
  expect(modelUri).toBe(`${uri}model/`);
});

test('the place is not part of the key, and a slash at its end makes no difference', () => {
  const one = answer();
  expect(answer({ models: { bucket: 'models', prefix: 'bert//' }, artifacts: { bucket: 'artifacts', prefix: 'neuron/' } })).toEqual(one);
  expect(answer({ artifacts: { bucket: 'b', prefix: 'p' }, arguments: [] }).key).toBe(one.key);
});

test('through JSON it is the same: what has no value is not there', () => {
  const inputs = { ...EVENT.inputs, task: undefined, flags: undefined, sdk: undefined };
  expect(trainedModelKey(JSON.parse(JSON.stringify({ ...EVENT, inputs })))).toEqual(answer());
});

test('other members of a model are left alone', () => {
  expect(answer({ model: { ...EVENT.model as object, accuracy: 0.9 } })).toEqual(answer());
});

describe('refuses what could be no source at synth', () => {
  test.each<[string, string]>([
    ['a wildcard', 's3://models/bert/run-*/model.tar.gz'], ['a question', 's3://models/bert/?/model.tar.gz'], ['a variable', 's3://models/bert/${aws:username}/model.tar.gz'],
  ])('%s', (_, uri) => {
    expect(reason(uri)).toBe(`\`$.model.uri\`: got ${JSON.stringify(uri.slice('s3://models/'.length))}; allowed: a key without \`*\`, \`?\` and \`\${\`: in the policy of the role they would open other objects; fix: store the model under another key`);
  });

  test('a long address', () => {
    const uri = (length: number) => `s3://models/bert/${'x'.repeat(length - 24)}.tar.gz`;
    expect(reason(uri(1024))).toBeUndefined();
    expect(reason(uri(1025))).toBe('`$.model.uri`: got an address of 1025 characters; allowed: at most 1024 characters, with s3:// and the bucket; fix: store the model under a shorter key');
    // A key has a limit of its own, in bytes.
    expect(reason(`s3://models/bert/${'é'.repeat(600)}.tar.gz`)).toMatch(/^`\$\.model\.uri`: got "bert\/é+\.tar\.gz"; allowed: the key of an object whose name ends in \.tar\.gz/);
  });

  test.each<[unknown]>([['S3://models/bert/a.tar.gz'], ['s3://models/bert.tar.gz'], ['s3://models//bert/a.tar.gz'], ['s3://models.tar.gz'], ['s3://models/bert/a.TAR.GZ'], [' s3://models/bert/a.tar.gz'], [['s3://models/bert/a.tar.gz']]])('%j', (uri) => {
    expect(reason(uri)).toBe(`\`$.model.uri\`: got ${JSON.stringify(uri)}; allowed: an address below s3://models/bert/ that ends in .tar.gz; fix: put the archive of the model there, or change \`models\``);
  });
});

test('what is shown of a large input is its front', () => {
  const { reason: text } = answer({ model: ['x'.repeat(1000)], path: '$.a[0]' });
  expect(text).toBe(`\`$.a[0]\`: got ["${'x'.repeat(298)}...; allowed: an object with uri and revision; fix: give e.g. { "uri": "s3://<bucket>/<key>.tar.gz", "revision": "<version id>" }`);
});
