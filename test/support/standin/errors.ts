/** An error that a service answers with: its name goes on the wire as `__type`. */
export class ServiceError extends Error {
  constructor(
    readonly type: string, message: string, readonly status = 400,
    /** What the error carries besides its text, such as the `Item` of a failed condition. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = type;
  }
}

/** The error that both services use for nearly everything. */
export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
