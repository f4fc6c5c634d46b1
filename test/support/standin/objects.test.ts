import { andThen, guarded, inOrder } from './eventually';
import { LogStore } from './logs';
import { below, ObjectStore, parseS3Uri } from './objects';
import { StandIn } from './stand-in';

describe('objects in memory', () => {
  test('are written, read, listed in the order of their bytes, and removed', () => {
    const store = new ObjectStore();
    for (const key of ['p/b', 'p/a', 'p/Z', 'p/é', 'q']) store.put('bucket', key, key);
    expect(store.list('bucket', 'p/')).toEqual(['p/Z', 'p/a', 'p/b', 'p/é']);
    expect(store.get('bucket', 'p/é')).toEqual(Buffer.from('p/é'));
    store.delete('bucket', 'p/a');
    expect([store.get('bucket', 'p/a'), store.list('bucket', 'p/a'), store.list('other', ''), store.get('other', 'p/b')]).toEqual([undefined, [], [], undefined]);
    store.delete('other', 'nothing');
    expect(store.list('bucket', '')).toHaveLength(4);
  });

  test('are nobody else\'s: a buffer that changes later changes no object', () => {
    const store = new ObjectStore();
    const body = Buffer.from('before');
    store.put('b', 'k', body);
    body.write('after!');
    store.get('b', 'k')!.write('XXXXXX');
    expect(store.get('b', 'k')!.toString()).toBe('before');
  });

  test.each([
    ['s3://bucket/a/b', { bucket: 'bucket', key: 'a/b' }],
    ['s3://bucket/', { bucket: 'bucket', key: '' }],
    ['s3://bucket', { bucket: 'bucket', key: '' }],
  ])('%s has a bucket and a key', (uri, parts) => {
    expect(parseS3Uri(uri)).toEqual(parts);
  });

  test('an address of another kind is an error', () => {
    expect(() => parseS3Uri('https://s3.amazonaws.com/b/k')).toThrow('not an s3:// address: https://s3.amazonaws.com/b/k');
  });

  test.each([['', 'f', 'f'], ['p', 'f', 'p/f'], ['p/', 'a/f', 'p/a/f']])('below %p, %p is %p', (folder, path, key) => {
    expect(below(folder, path)).toBe(key);
  });
});

describe('logs in memory', () => {
  test('keep lines with their time, by group and stream', () => {
    const logs = new LogStore();
    logs.append('g', 'job/algo-1-1', ['one'], 1);
    logs.append('g', 'job/algo-1-1', ['two', 'three'], 2);
    logs.append('g', 'job-2/algo-1-1', [], 3);
    expect(logs.streams('g', 'job')).toEqual(['job-2/algo-1-1', 'job/algo-1-1']);
    expect(logs.streams('g', 'job/')).toEqual(['job/algo-1-1']);
    expect(logs.streams('none', '')).toEqual([]);
    expect(logs.events('g', 'job/algo-1-1')).toEqual([{ timestamp: 1, message: 'one' }, { timestamp: 2, message: 'two' }, { timestamp: 2, message: 'three' }]);
    expect([logs.events('g', 'job-2/algo-1-1'), logs.events('none', 's')]).toEqual([[], []]);
  });
});

describe('the stand-in', () => {
  test('has both stores in memory, and empties them when it is reset', () => {
    const standIn = new StandIn();
    standIn.objects.put('b', 'k', 'x');
    standIn.logs.append('g', 's', ['x'], 1);
    standIn.program = () => ({});
    const own = standIn.program;
    standIn.reset();
    expect([standIn.objects.list('b', ''), standIn.logs.streams('g', ''), standIn.program === own]).toEqual([[], [], false]);
  });

  test('does not show stores that are kept elsewhere', () => {
    const standIn = new StandIn({ objects: { put: () => undefined, get: () => undefined, list: () => [], delete: () => undefined }, logs: { append: () => undefined } });
    expect(() => standIn.objects).toThrow('the objects of this stand-in are kept elsewhere');
    expect(() => standIn.logs).toThrow('the logs of this stand-in are kept elsewhere');
    expect(() => standIn.reset()).not.toThrow();
  });
});

describe('what may be there at once or later', () => {
  test('goes on at once with what is there', () => {
    const seen: number[] = [];
    const result = andThen(inOrder([1, 2], (item) => item * 10), (items) => { seen.push(...items); });
    expect([result, seen]).toEqual([undefined, [10, 20]]);
  });

  test('waits for each before the next, in order', async () => {
    const steps: string[] = [];
    const result = inOrder(['a', 'b'], async (item) => {
      steps.push(`start ${item}`);
      await new Promise((done) => setTimeout(done, item === 'a' ? 10 : 0));
      steps.push(`end ${item}`);
      return item.toUpperCase();
    });
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toEqual(['A', 'B']);
    expect(steps).toEqual(['start a', 'end a', 'start b', 'end b']);
  });

  test('hands over what is thrown, now or later', async () => {
    const failures: string[] = [];
    const failed = (error: Error): void => { failures.push(error.message); };
    expect(guarded(() => { throw new Error('now'); }, failed)).toBeUndefined();
    await guarded(async () => { throw new Error('later'); }, failed);
    expect(failures).toEqual(['now', 'later']);
  });
});
