import { GRAMMARS, type GrammarKey } from './core/grammars';

/**
 * The way an image expects its settings in the environment. Only images from a
 * repository of your own need it said; for the catalogue it is known.
 */
export class EnvironmentGrammar {
  /** The Hugging Face inference toolkit: `HF_TASK`, `HF_MODEL_ID`, `HF_OPTIMUM_*`, with `code/inference.py` where needed. */
  public static readonly HUGGING_FACE_TOOLKIT = new EnvironmentGrammar('hugging-face-toolkit');
  /** The PyTorch inference toolkit on TorchServe: `SAGEMAKER_*`, with `code/inference.py`. */
  public static readonly PYTORCH = new EnvironmentGrammar('pytorch');
  /** Hugging Face vLLM on Neuron (`optimum-cli neuron serve`): `SM_ON_*`. */
  public static readonly OPTIMUM_NEURON = new EnvironmentGrammar('optimum-neuron');
  /** vLLM: `SM_VLLM_*`. */
  public static readonly VLLM = new EnvironmentGrammar('vllm');
  /** SGLang: `SM_SGLANG_*`. */
  public static readonly SGLANG = new EnvironmentGrammar('sglang');
  /** Large Model Inference on DJL Serving: `HF_MODEL_ID`, `OPTION_*`. */
  public static readonly LMI = new EnvironmentGrammar('lmi');
  /** An image with variables of its own: only `settings.environment` is passed on, and the model has to come from S3. */
  public static readonly CUSTOM = new EnvironmentGrammar('custom');

  /** @internal */
  public static _of(key: GrammarKey): EnvironmentGrammar {
    return Object.values(EnvironmentGrammar).find((one) => one instanceof EnvironmentGrammar && one.key === key);
  }

  /** The grammar's name, e.g. `vllm`. */
  public readonly key: string;

  /**
   * Whether the images of this grammar are servers of language models (vLLM on GPUs and Neuron, SGLang, LMI), which load
   * for longer than the script servers. False for `CUSTOM`, of which nothing is known.
   */
  public readonly servesLanguageModels: boolean;

  private constructor(key: GrammarKey) {
    this.key = key;
    this.servesLanguageModels = GRAMMARS[key].servesLanguageModels;
  }

  /** The name of the grammar, for messages. */
  public toString(): string {
    return this.key;
  }
}
