/** An instance type that a price list can have: its name is all that a price needs. */
export interface IPricedInstance {
  /** Name as SageMaker spells it, e.g. `ml.m5.4xlarge`. */
  readonly name: string;
}
