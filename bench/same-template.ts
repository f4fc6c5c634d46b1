/** Whether two templates hold the same resources, whatever their logical ids, names of policies and order. */
import { createHash } from 'node:crypto';

export interface Template {
  readonly Resources: Record<string, any>;
}

/** Names CloudFormation does not need: the two programs choose them differently. */
const FREE_NAMES = ['PolicyName'];

/** Replaces every reference to a resource by what `label` calls it. */
function relabel(value: any, label: (id: string) => string): any {
  if (Array.isArray(value)) return value.map((one) => relabel(one, label));
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.Ref === 'string') return { Ref: label(value.Ref) };
  if (Array.isArray(value['Fn::GetAtt'])) return { 'Fn::GetAtt': [label(value['Fn::GetAtt'][0]), value['Fn::GetAtt'][1]] };
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, FREE_NAMES.includes(key) ? key : relabel(value[key], label)]));
}

function relabelResource(resource: any, label: (id: string) => string): any {
  const dependsOn = [resource.DependsOn ?? []].flat().map(label).sort();
  return { ...relabel({ ...resource, DependsOn: undefined }, label), DependsOn: dependsOn };
}

/**
 * The resources, once as text with references told by the type they refer to, once with a label that covers
 * what they refer to as well: each round carries the content of a resource one reference further.
 */
function canonical(template: Template): { readonly texts: string[]; readonly labels: string[] } {
  const { Resources } = template;
  let labels: Record<string, string> = Object.fromEntries(Object.entries(Resources).map(([id, resource]) => [id, resource.Type]));
  const label = (id: string) => labels[id] ?? id;
  for (let round = 0; round < 6; round++) {
    labels = Object.fromEntries(Object.entries(Resources).map(([id, resource]) => {
      const hash = createHash('sha256').update(JSON.stringify(relabelResource(resource, label))).digest('hex');
      return [id, `${resource.Type}#${hash.slice(0, 12)}`];
    }));
  }
  const type = (id: string) => Resources[id]?.Type ?? id;
  return {
    texts: Object.values(Resources).map((resource) => JSON.stringify(relabelResource(resource, type))),
    labels: Object.values(labels),
  };
}

/** What one list holds more often than the other. */
function only(left: string[], right: string[], mark: string): string[] {
  const rest = [...right];
  return left.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  }).map((one) => `${mark} ${one}`);
}

/** What is in one template only; empty when they are the same. */
export function differences(a: Template, b: Template): string[] {
  const [left, right] = [canonical(a), canonical(b)];
  const compare = (x: string[], y: string[]) => [...only(x, y, '-'), ...only(y, x, '+')];
  const texts = compare(left.texts, right.texts);
  // Labels part as well when only the references are different.
  return texts.length > 0 ? texts : compare(left.labels, right.labels);
}
