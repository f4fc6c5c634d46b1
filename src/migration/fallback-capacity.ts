import type { FallbackConfig } from './core/controller/types';
import { checkPlainNumber } from './value-checks';
import { throwProblems } from '../private/problems';

/** How many instances of the variant that goes are kept until the fallback window ends: what a rollback can fall back to at once. */
export class FallbackCapacity {
  /** What carries all of the traffic: its forecast peak, and at least what runs when the migration starts. */
  public static full(): FallbackCapacity {
    return new FallbackCapacity('full');
  }

  /**
   * A number of instances; with fewer than the traffic needs, a rollback first adds instances and then moves the traffic, which takes minutes.
   *
   * @param count at least 1
   */
  public static instances(count: number): FallbackCapacity {
    throwProblems('FallbackCapacity.instances', checkPlainNumber('count', count, { min: 1, integer: true },
      'keep at least 1: a fallback window without instances protects nothing; for none at all give `fallbackWindow: Duration.seconds(0)`'));
    return new FallbackCapacity(count);
  }

  /** @internal */
  public readonly _floor: FallbackConfig['floor'];

  private constructor(floor: FallbackConfig['floor']) {
    this._floor = floor;
  }

  /** The capacity in words, e.g. `full` or `2 instances`. */
  public toString(): string {
    return this._floor === 'full' ? 'full' : `${this._floor} instance${this._floor === 1 ? '' : 's'}`;
  }
}
