import { Token } from 'aws-cdk-lib';
import { checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';

/** The API's pattern of `VariantName`; the length is limited beside it. */
const VARIANT_NAME = /^(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;

/** What the name of a variant may not be. It becomes part of logical ids, so it has to be known at synth. */
export function variantNameProblems(variantName: unknown): Problem[] {
  const allowed = 'letters, digits and single or repeated hyphens between them, 1 to 63 characters';
  if (typeof variantName !== 'string' || Token.isUnresolved(variantName)) {
    const got = Token.isUnresolved(variantName) ? 'a name that is known at deploy time only' : String(variantName);
    return [{ prop: 'variantName', got, allowed, fix: 'give a name that is known at synth' }];
  }
  return checkPattern('variantName', variantName, VARIANT_NAME, allowed);
}
