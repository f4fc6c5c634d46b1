/**
 * A failure of a task, named as Step Functions names it: `SageMaker.ResourceInUseException`, `S3.NoSuchKeyException`, for a Lambda
 * function the name of what it threw.
 */
export class TaskError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** A failure that ends the execution: neither Retry nor Catch see it, not even with States.ALL. */
export class TerminalError extends TaskError {
  // Read by the interpreter.
  readonly isRetryable = false;
  readonly isCatchable = false;
}
