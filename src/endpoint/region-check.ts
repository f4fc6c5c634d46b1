import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { InstanceUse, PriceBook, type AcceleratorInstance } from '../hardware';
import type { Problem } from '../private/problems';

/**
 * Refuses an instance type in a region whose price list has no hosting row for it.
 * A price list says what a region sells, not what it has today, and it ages:
 * `accepted` names the types the user vouches for.
 */
export function regionProblems(scope: IConstruct, prop: string, instance: AcceleratorInstance, accepted: readonly AcceleratorInstance[]): Problem[] {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || accepted.some((one) => one.sameAs(instance))) return [];
  const book = PriceBook.bundled();
  // A type without any row is sold by reservation only: the list says nothing about it, nor about regions it does not know.
  if (book.isListed(region, instance, InstanceUse.HOSTING) !== false) return [];
  const regions = book.regionsWith(instance, InstanceUse.HOSTING);
  return [{
    prop,
    got: `${instance.name} in ${region}`,
    allowed: `${instance.name} in ${regions.join(', ')} (price list of ${book.price(regions[0], instance, InstanceUse.HOSTING)?.asOf ?? 'unknown date'})`,
    fix: `deploy to one of these regions, use another type, or name it in the endpoint's \`offeredInRegion\` when you know that ${region} offers it`,
  }];
}
