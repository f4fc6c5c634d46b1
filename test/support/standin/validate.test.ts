import * as fc from 'fast-check';
import { AUTOSCALING_SHAPES, SAGEMAKER_SHAPES, type ServiceShapes, type Shape } from './shapes';
import { compilePattern, findings, validateRequest } from './validate';

const BOTH = [SAGEMAKER_SHAPES, AUTOSCALING_SHAPES];

function refusal(shape: string, value: unknown, service: ServiceShapes = SAGEMAKER_SHAPES): string {
  try {
    validateRequest(service, shape, value);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  throw new Error('accepted');
}

/** A service of one shape, for rules that the real ones lack an easy example of. */
function only(shape: Shape, more: Record<string, Shape> = {}): ServiceShapes {
  return { ...SAGEMAKER_SHAPES, shapes: { Text: { type: 'string' }, ...more, It: shape } };
}

describe('messages, as the services word them', () => {
  test('a required member', () => {
    expect(refusal('DescribeEndpointInput', {})).toBe(
      "ValidationException: 1 validation error detected: Value null at 'endpointName' failed to satisfy constraint: Member must not be null");
    expect(refusal('DescribeEndpointInput', { EndpointName: null })).toContain("Value null at 'endpointName'");
  });

  test('a pattern, matched against the whole value', () => {
    expect(refusal('DescribeEndpointInput', { EndpointName: 'good-name bad' })).toBe(
      "ValidationException: 1 validation error detected: Value 'good-name bad' at 'endpointName' failed to satisfy constraint: "
      + 'Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}');
  });

  test('a length', () => {
    expect(refusal('DescribeEndpointInput', { EndpointName: 'a'.repeat(64) })).toContain(
      `Value '${'a'.repeat(64)}' at 'endpointName' failed to satisfy constraint: Member must have length less than or equal to 63`);
  });

  test('several errors at once, with their paths', () => {
    const message = refusal('CreateEndpointConfigInput', {
      EndpointConfigName: 'c',
      ProductionVariants: [{ VariantName: 'a', InstanceType: 'ml.tpu.xlarge', InitialInstanceCount: 0, InitialVariantWeight: -1 }],
    });
    expect(message).toContain('ValidationException: 3 validation errors detected: ');
    expect(message).toMatch(/Value 'ml\.tpu\.xlarge' at 'productionVariants\.1\.member\.instanceType' failed to satisfy constraint: Member must satisfy enum value set: \[.*ml\.inf2\.xlarge/);
    expect(message).toContain("Value '0' at 'productionVariants.1.member.initialInstanceCount' failed to satisfy constraint: Member must have value greater than or equal to 1");
    expect(message).toContain("Value '-1' at 'productionVariants.1.member.initialVariantWeight' failed to satisfy constraint: Member must have value greater than or equal to 0");
  });

  test('the size of a list', () => {
    expect(refusal('CreateEndpointConfigInput', { EndpointConfigName: 'c', ProductionVariants: [] })).toContain(
      "Value '[]' at 'productionVariants' failed to satisfy constraint: Member must have length greater than or equal to 1");
    const eleven = Array.from({ length: 11 }, (_, index) => ({ VariantName: `v${index}` }));
    expect(refusal('CreateEndpointConfigInput', { EndpointConfigName: 'c', ProductionVariants: eleven })).toContain('Member must have length less than or equal to 10');
  });

  test('the size, keys and values of a map', () => {
    const container = (Environment: object): object => ({ ModelName: 'm', PrimaryContainer: { Image: 'i', Environment } });
    expect(refusal('CreateModelInput', container({ 'a b': 'x' }))).toContain("Value 'a b' at 'primaryContainer.environment.key'");
    expect(refusal('CreateModelInput', container({ A: 'x'.repeat(1025) }))).toContain("at 'primaryContainer.environment.A.member' failed to satisfy constraint: Member must have length less than or equal to 1024");
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`K${index}`, 'v']));
    expect(refusal('CreateModelInput', container(many))).toContain('Member must have length less than or equal to 100');
  });

  test.each([
    [{ EndpointName: 1 }, "NUMBER_VALUE at 'endpointName' can not be converted to String"],
    [{ EndpointName: ['x'] }, "LIST_VALUE at 'endpointName' can not be converted to String"],
    ['x', "STRING_VALUE at '' can not be converted to Structure"],
    [null, "NULL_VALUE at '' can not be converted to Structure"],
    [[], "LIST_VALUE at '' can not be converted to Structure"],
  ])('what cannot be read: %p', (value, text) => {
    expect(refusal('DescribeEndpointInput', value)).toBe(`SerializationException: ${text}`);
  });

  test.each([
    ['2', "STRING_VALUE at 'productionVariants.1.member.initialInstanceCount' can not be converted to Integer"],
    [1.5, "NUMBER_VALUE at 'productionVariants.1.member.initialInstanceCount' can not be converted to Integer"],
    [true, "BOOLEAN_VALUE at 'productionVariants.1.member.initialInstanceCount' can not be converted to Integer"],
  ])('an integer is neither text nor a fraction: %p', (count, text) => {
    const variant = { VariantName: 'a', InitialInstanceCount: count };
    expect(refusal('CreateEndpointConfigInput', { EndpointConfigName: 'c', ProductionVariants: [variant] })).toBe(`SerializationException: ${text}`);
  });

  test.each(['Typo', 'toString', 'constructor'])('an unknown member is refused, not ignored: %s', (member) => {
    expect(refusal('DescribeEndpointInput', { EndpointName: 'web', [member]: 1 })).toBe(
      `SerializationException: Unknown member '${member}' at '': the service would ignore it`);
  });

  test('booleans, timestamps and maps want their own type', () => {
    expect(refusal('CreateModelInput', { ModelName: 'm', EnableNetworkIsolation: 'true' })).toContain("STRING_VALUE at 'enableNetworkIsolation' can not be converted to Boolean");
    expect(refusal('ListModelsInput', { CreationTimeAfter: '2026-01-01' })).toContain("STRING_VALUE at 'creationTimeAfter' can not be converted to Float");
    expect(refusal('CreateModelInput', { ModelName: 'm', PrimaryContainer: { Environment: [] } })).toContain('LIST_VALUE');
    expect(refusal('CreateModelInput', { ModelName: 'm', Tags: {} })).toContain("STRUCTURE_VALUE at 'tags' can not be converted to List");
  });
});

describe('the shapes', () => {
  test.each(BOTH)('of $service: every pattern compiles, every reference is there, source and date are known', (service) => {
    for (const shape of Object.values(service.shapes)) {
      if (shape.pattern !== undefined) expect(compilePattern(shape.pattern)).toBeInstanceOf(RegExp);
      for (const name of [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value]) {
        if (name !== undefined) expect(service.shapes[name]?.type).toBeDefined();
      }
      for (const name of shape.required ?? []) expect(shape.members).toHaveProperty(name);
    }
    expect(service.source).toMatch(/^botocore \d+\.\d+\.\d+, data\//);
    expect(service.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  test('a pattern of printable characters is translated', () => {
    const pattern = compilePattern('\\p{Print}+');
    expect(pattern.test('a policy: 1')).toBe(true);
    expect(pattern.test('tab\there')).toBe(false);
    expect(pattern.test('grün')).toBe(false);
  });

  test('an unknown shape is a mistake of the stand-in', () => {
    expect(() => validateRequest(SAGEMAKER_SHAPES, 'Nothing', {})).toThrow('no shape Nothing in sagemaker');
    expect(() => findings(only({ type: 'document' }), 'It', 'x')).toThrow('shape It has the unknown type document');
  });

  test('length counts characters, not code units', () => {
    expect(findings(only({ type: 'string', max: 2 }), 'It', '🙂🙂')).toEqual([]);
    expect(findings(only({ type: 'string', max: 1 }), 'It', '🙂🙂')).toHaveLength(1);
  });
});

/** Values that fit a shape, made from the shape itself (patterns aside: names get a fitting text). */
function fitting(service: ServiceShapes, name: string, depth = 0): fc.Arbitrary<unknown> {
  const shape = service.shapes[name];
  const number = (options: { min?: number; max?: number }): fc.Arbitrary<number> => fc.integer({ min: options.min ?? 0, max: options.max ?? (options.min ?? 0) + 1000 });
  switch (shape.type) {
    case 'structure': return fc.record(
      Object.fromEntries(Object.entries(shape.members ?? {})
        .filter(([member]) => depth < 4 || shape.required?.includes(member))
        .map(([member, type]) => [member, fitting(service, type, depth + 1)])),
      { requiredKeys: shape.required ?? [] });
    case 'list': return fc.array(fitting(service, shape.member!, depth + 1), { minLength: shape.min ?? 0, maxLength: Math.max(shape.min ?? 0, Math.min(shape.max ?? 2, 2)) });
    case 'map': return fc.dictionary(fc.constantFrom('A', 'B_1'), fitting(service, shape.value!, depth + 1), { maxKeys: 2 });
    case 'boolean': return fc.boolean();
    case 'integer': case 'long': case 'float': case 'double': case 'timestamp': return number(shape);
    default:
      if (shape.enum) return fc.constantFrom(...shape.enum);
      return shape.pattern === undefined
        ? fc.string({ minLength: shape.min ?? 0, maxLength: Math.min(shape.max ?? 40, (shape.min ?? 0) + 20) })
        : fc.stringMatching(new RegExp(compilePattern(shape.pattern).source, 'u')).filter((text) => {
          const { length } = [...text];
          return length >= (shape.min ?? 0) && length <= (shape.max ?? Infinity);
        });
  }
}

describe('properties', () => {
  const operations = ['CreateEndpointInput', 'UpdateEndpointInput', 'UpdateEndpointWeightsAndCapacitiesInput', 'ListEndpointsInput', 'DeleteEndpointInput'];

  test.each(operations)('%s: what fits the shape passes', (name) => {
    fc.assert(fc.property(fitting(SAGEMAKER_SHAPES, name), (value) => {
      expect(findings(SAGEMAKER_SHAPES, name, value)).toEqual([]);
    }), { numRuns: 20 });
  });

  test('one member less, of those that are required, is found', () => {
    fc.assert(fc.property(fitting(SAGEMAKER_SHAPES, 'UpdateEndpointInput'), fc.constantFrom('EndpointName', 'EndpointConfigName'), (value, member) => {
      const { [member]: _gone, ...rest } = value as Record<string, unknown>;
      expect(findings(SAGEMAKER_SHAPES, 'UpdateEndpointInput', rest).map((finding) => finding.text).join()).toContain('Member must not be null');
    }), { numRuns: 20 });
  });

  test('never throws anything but its own errors, whatever comes', () => {
    fc.assert(fc.property(fc.anything(), fc.constantFrom('CreateEndpointConfigInput', 'CreateModelInput', 'UpdateEndpointInput'), (value, shape) => {
      expect(Array.isArray(findings(SAGEMAKER_SHAPES, shape, value))).toBe(true);
    }), { numRuns: 200 });
  });

  test('ranges hold at both ends and just beyond', () => {
    fc.assert(fc.property(fc.integer({ min: -50, max: 50 }), fc.nat(50), (min, width) => {
      const service = only({ type: 'integer', min, max: min + width });
      for (const good of [min, min + width]) expect(findings(service, 'It', good)).toEqual([]);
      for (const bad of [min - 1, min + width + 1]) expect(findings(service, 'It', bad)).toHaveLength(1);
    }), { numRuns: 50 });
  });
});
