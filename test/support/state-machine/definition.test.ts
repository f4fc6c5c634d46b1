import { definitionOf, loopsOf, statesOf, unsupported, validateDefinition, type Definition, type State } from './definition';
import { task } from './fixture';

const machine = (States: Record<string, State>, rest: object = { TimeoutSeconds: 60 }): Definition => ({ StartAt: Object.keys(States)[0], States, ...rest });
const POLL = {
  Wait: { Type: 'Wait', Seconds: 30, Next: 'Describe' },
  Describe: task('describe', { Next: 'Choose' }),
  Choose: { Type: 'Choice', Choices: [{ Variable: '$.done', BooleanEquals: true, Next: 'Done' }], Default: 'Wait' },
  Done: { Type: 'Succeed' },
};

describe('validateDefinition', () => {
  test('a sound machine', () => {
    expect(validateDefinition(machine(POLL))).toEqual([]);
  });

  test('a loop that nothing bounds is named', () => {
    expect(validateDefinition(machine(POLL, {}))).toEqual([
      'TimeoutSeconds: got none, so nothing bounds the loop Wait -> Describe -> Choose -> Wait; set it',
    ]);
  });

  test('a machine without a loop needs a timeout too', () => {
    expect(validateDefinition(machine({ Done: { Type: 'Succeed' } }, {}))).toEqual([
      'TimeoutSeconds: got none, so nothing bounds the execution; set it',
    ]);
  });

  test.each<[string, Record<string, State>]>([
    ['a Next that leads nowhere', { First: { Type: 'Pass', Next: 'Nowhere' } }],
    ['a state that nothing leads to', { First: { Type: 'Succeed' }, Lost: { Type: 'Succeed' } }],
    ['a state without Next and End', { First: { Type: 'Pass' } }],
    ['a type that there is not', { First: { Type: 'Sleep', End: true } }],
    ['a path that is none', { First: { Type: 'Pass', InputPath: 'no path', End: true } }],
  ])('%s', (_, states) => {
    expect(validateDefinition(machine(states))).not.toEqual([]);
  });
});

describe('loopsOf', () => {
  test('a catch leads back as well', () => {
    const states = { Create: task('create', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Wait' }], Next: 'Done' }), Wait: { Type: 'Wait', Seconds: 1, Next: 'Create' }, Done: { Type: 'Succeed' } };
    expect(loopsOf(machine(states))).toEqual([['Create', 'Wait', 'Create']]);
  });

  test('loops inside branches count, straight ways do not', () => {
    const states = { Both: { Type: 'Parallel', Branches: [machine(POLL), machine({ Only: { Type: 'Succeed' } })], End: true } };
    expect(loopsOf(machine(states))).toEqual([['Wait', 'Describe', 'Choose', 'Wait']]);
  });

  test('two ways that meet are no loop', () => {
    const choose = { Type: 'Choice', Choices: [{ Next: 'A' }, { Next: 'B' }] };
    expect(loopsOf(machine({ Choose: choose, A: { Type: 'Pass', Next: 'End' }, B: { Type: 'Pass', Next: 'End' }, End: { Type: 'Succeed' } }))).toEqual([]);
  });
});

describe('unsupported', () => {
  test.each<[object, string]>([
    [{ Type: 'Pass', QueryLanguage: 'JSONata' }, 'state First: QueryLanguage JSONata'],
    [{ Type: 'Pass', Assign: { x: 1 } }, 'state First: Assign'],
    [{ Type: 'Task', Resource: 'arn:aws:states:::sagemaker:createTrainingJob.sync' }, 'state First: Resource arn:aws:states:::sagemaker:createTrainingJob.sync'],
    [{ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }, 'state First: Resource arn:aws:states:::lambda:invoke.waitForTaskToken'],
    [{ Type: 'Pass', Parameters: { 'all.$': '$$' } }, 'state First: the whole context object'],
  ])('%j', (state, expected) => {
    expect(unsupported(machine({ First: state as State }))).toEqual([expected]);
  });

  test('of the whole machine, and inside branches', () => {
    const inner = machine({ Inner: { Type: 'Pass', Output: 1 } });
    expect(unsupported(machine({ Both: { Type: 'Parallel', Branches: [inner] } }, { QueryLanguage: 'JSONata' }))).toEqual([
      'state machine: QueryLanguage JSONata', 'state Inner: Output',
    ]);
  });

  test('JSONPath is fine', () => {
    expect(unsupported(machine(POLL, { QueryLanguage: 'JSONPath' }))).toEqual([]);
  });
});

test('statesOf finds the states of branches and maps', () => {
  const inner = (name: string) => machine({ [name]: { Type: 'Succeed' } });
  const states = { Both: { Type: 'Parallel', Branches: [inner('A'), inner('B')] }, Each: { Type: 'Map', ItemProcessor: inner('C') } };
  expect(statesOf(machine(states)).map(([name]) => name)).toEqual(['Both', 'A', 'B', 'Each', 'C']);
});

describe('definitionOf', () => {
  const template = (properties: object) => ({
    Resources: {
      Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: properties },
      Record: { Type: 'AWS::Lambda::Function' },
    },
  });
  const text = {
    'Fn::Join': ['', [
      '{"StartAt":"Do","States":{"Do":{"Type":"Task","Resource":"arn:', { Ref: 'AWS::Partition' },
      ':states:::lambda:invoke","Parameters":{"FunctionName":"', { 'Fn::GetAtt': ['Record', 'Arn'] }, '"},"End":true}}}',
    ]],
  };

  test('a joined text is resolved', () => {
    expect(definitionOf(template({ DefinitionString: text })).States.Do).toEqual({
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: 'arn:aws:lambda:us-east-1:123456789012:function:Record' },
      End: true,
    });
  });

  test("a test's own values come first", () => {
    const { Parameters } = definitionOf(template({ DefinitionString: text }), { 'Record.Arn': 'arn:mine' }).States.Do;
    expect(Parameters).toEqual({ FunctionName: 'arn:mine' });
  });

  test('what nobody knows is named', () => {
    const unknown = { 'Fn::Join': ['', ['{"a":"', { Ref: 'Bucket' }, { 'Fn::GetAtt': ['Key', 'Arn'] }, '"}']] };
    expect(() => definitionOf(template({ DefinitionString: unknown }))).toThrow(
      'values: nothing is given for Ref Bucket, Fn::GetAtt Key.Arn; add it to the map of values');
  });

  test('substitutions are filled in', () => {
    const properties = { DefinitionString: '{"StartAt":"Do","States":{"Do":{"Resource":"${target}"}}}', DefinitionSubstitutions: { target: { Ref: 'AWS::Region' } } };
    expect(definitionOf(template(properties)).States.Do.Resource).toBe('us-east-1');
  });

  test('an id that is no state machine', () => {
    expect(() => definitionOf(template({}), {}, 'Record')).toThrow("state machine: got Record, the template's are Machine");
  });

  test('no id, and none or two to choose from', () => {
    expect(() => definitionOf({ Resources: {} })).toThrow("state machine: got no id, the template's are none");
    const two = { Resources: { A: { Type: 'AWS::StepFunctions::StateMachine' }, B: { Type: 'AWS::StepFunctions::StateMachine' } } };
    expect(() => definitionOf(two)).toThrow("state machine: got no id, the template's are A, B");
  });
});
