/** What starts the training script in the container, on each instance of the job. */
export class TrainingLauncher {
  /**
   * `torchrun` with one process for each accelerator core (each GPU, or each logical NeuronCore), through a small script of this library that is
   * shipped beside yours. The image needs Python, `tar` and `torchrun`, and no SageMaker toolkit.
   */
  public static readonly TORCHRUN = new TrainingLauncher('torchrun');

  /**
   * `python3` once for each instance, through the same small script: for training scripts that start their own processes, and for one accelerator.
   * `SM_HOSTS`, `SM_CURRENT_HOST`, `MASTER_ADDR`, `MASTER_PORT` and `TRAINING_PROCESSES_PER_NODE` say what there is.
   */
  public static readonly PYTHON = new TrainingLauncher('python');

  /**
   * The SageMaker training toolkit that is inside the image, with its support of `torchrun`. It counts processes itself, and sets variables of EFA for the
   * instance types that it knows.
   */
  public static readonly SAGEMAKER_TOOLKIT = new TrainingLauncher('sagemaker-toolkit');

  /** The name, e.g. `torchrun`. */
  public readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** The name, for messages. */
  public toString(): string {
    return this.name;
  }
}
