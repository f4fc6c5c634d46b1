/** The number format a server loads the weights in. */
export enum NumberFormat {
  /** The server decides, usually by the model's `config.json`. */
  AUTO = 'auto',
  /** 32-bit floating point. */
  FLOAT32 = 'float32',
  /** 16-bit floating point, IEEE 754. */
  FLOAT16 = 'float16',
  /** 16-bit floating point with the exponent of float32. */
  BFLOAT16 = 'bfloat16',
}

/**
 * How to serve a model, said once. Each image spells these settings in its own
 * way, and this library writes the spelling of the chosen one. A setting the
 * image has no spelling for is refused, never dropped.
 */
export interface ServingSettings {
  /**
   * The task, by its name on the Hugging Face Hub, e.g. `feature-extraction`, `text-classification`, `text-generation`.
   *
   * @default - the image finds it out from the model
   */
  readonly task?: string;

  /**
   * Devices (GPUs, or logical NeuronCores) one copy of the model is cut over.
   *
   * @default - the image's own: 1 for vLLM, SGLang and the script servers; all devices, or the compiled degree, for Hugging Face vLLM on Neuron and LMI
   */
  readonly tensorParallelDegree?: number;

  /**
   * Longest input plus output, in tokens. On Neuron it is compiled into the model.
   *
   * @default - the image's own; the Hugging Face toolkit on Neuron has none and needs it unless the model is compiled already
   */
  readonly sequenceLength?: number;

  /**
   * Requests computed together in one fixed batch. On Neuron it is compiled into the model.
   *
   * @default - the image's own, usually 1
   */
  readonly batchSize?: number;

  /**
   * Requests a continuously batching server (vLLM, SGLang, LMI) works on at a time.
   *
   * @default - the image's own
   */
  readonly maxConcurrentRequests?: number;

  /**
   * Server processes of a script server (Hugging Face toolkit, PyTorch toolkit), each with a copy of the model.
   *
   * @default - the image's own; on Neuron with a tensor parallel degree above 1: logical cores divided by the degree
   */
  readonly workers?: number;

  /**
   * Number format the weights are loaded in.
   *
   * @default - the image's own
   */
  readonly numberFormat?: NumberFormat;

  /**
   * Whether Python code that comes with the model may run. It runs with the rights of the model's role: only for a pinned revision that you read.
   *
   * @default false
   */
  readonly trustRemoteCode?: boolean;

  /**
   * The name requests call the model by, for servers with an OpenAI-style API. Give the variants of one endpoint the same name, or a request works on one of them only.
   *
   * @default - the Hub id or the path of the model
   */
  readonly servedModelName?: string;

  /**
   * More environment variables, in the image's own spelling, merged last. They may overrule what is worked out, but not contradict another setting.
   * Do not put secrets here: whoever may describe the model can read them.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };
}
