import { handler } from '../../../src/compilation/runtime/key.lambda';

const EVENT = {
  path: '$.model',
  models: { bucket: 'models', prefix: 'bert' },
  artifacts: { bucket: 'artifacts', prefix: 'neuron' },
  inputs: { kind: 'clip', shapes: {}, autoCast: 'none', tensorParallelDegree: 1, target: 'inf2', image: 'i', layout: 'archive', maxCpuOperators: 0, trustRemoteCode: false, scriptVersion: 1 },
  arguments: [],
};

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((text) => { printed.push(text); });
});
afterEach(() => jest.restoreAllMocks());

test('answers with the key, and logs it', async () => {
  const answer = await handler({ ...EVENT, model: { uri: 's3://models/bert/model.tar.gz', revision: '1' } });
  const { key } = answer as { key: string };
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(printed).toEqual([`s3://models/bert/model.tar.gz: ${key}`]);
});

test('answers with the reason, and does not fail', async () => {
  const reason = '`$.model.revision`: got nothing; allowed: a text that is not empty and changes when the model changes; fix: give the object\'s version id or ETag, or the name of the job that trained it';
  expect(await handler({ ...EVENT, model: { uri: 's3://models/bert/model.tar.gz' } })).toEqual({ reason });
  expect(printed).toEqual([reason]);
});
