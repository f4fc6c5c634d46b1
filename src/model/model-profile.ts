/**
 * What is known about a model's size and shape. All of it is optional; each
 * check runs only on what is there. Find the numbers in the model's
 * `config.json` (`num_attention_heads`, `num_key_value_heads`) and on its card.
 */
export interface ModelProfile {
  /**
   * Number of parameters, in billions, e.g. `0.109` for BERT base, `8.03` for Llama 3.1 8B.
   *
   * @default - unknown; memory is not checked unless `weightsGiB` is given
   */
  readonly parametersBillion?: number;

  /**
   * Bytes per parameter as loaded: 4 for float32, 2 for bfloat16 and float16, 1 for int8 and fp8, 0.5 for 4 bit.
   *
   * @default 2
   */
  readonly bytesPerParameter?: number;

  /**
   * Size of the weights as loaded, in GiB. Wins over `parametersBillion`.
   *
   * @default - worked out from `parametersBillion` and `bytesPerParameter`
   */
  readonly weightsGiB?: number;

  /**
   * Number of attention heads. On GPUs the tensor parallel degree has to divide it.
   *
   * @default - unknown; heads are not checked
   */
  readonly attentionHeads?: number;

  /**
   * Number of key-value heads, fewer than `attentionHeads` in a model with grouped-query attention.
   *
   * @default - unknown; key-value heads are not checked
   */
  readonly keyValueHeads?: number;
}
