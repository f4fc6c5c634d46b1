/**
 * How SageMaker spreads requests over the instances inside one variant.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantRoutingConfig.html
 */
export class RoutingStrategy {
  /** The instance with the fewest requests under way. Suits requests of uneven length. */
  public static readonly LEAST_OUTSTANDING_REQUESTS = new RoutingStrategy('LEAST_OUTSTANDING_REQUESTS');
  /** A random instance: what SageMaker does when nothing is said. */
  public static readonly RANDOM = new RoutingStrategy('RANDOM');

  /**
   * A strategy this version does not name.
   *
   * @param value the value of `RoutingConfig.RoutingStrategy`
   */
  public static of(value: string): RoutingStrategy {
    return new RoutingStrategy(value);
  }

  private constructor(
    /** The value of `RoutingConfig.RoutingStrategy`. */
    public readonly value: string,
  ) {}

  /** The value of `RoutingConfig.RoutingStrategy`. */
  public toString(): string {
    return this.value;
  }
}
