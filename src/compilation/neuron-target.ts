/**
 * The chips a model is compiled for.
 *
 * Inferentia2 and the first Trainium have the same NeuronCores, and optimum-neuron compiles them to one target: an artefact for
 * either runs on both (huggingface/optimum-neuron, exporters; read 2026-11-22). Trainium2 needs one of its own.
 */
export class NeuronTarget {
  /** Inferentia2; runs on Trainium1 too. Up to 24 NeuronCores in an instance. */
  public static readonly INF2 = new NeuronTarget('inf2', ['inf2', 'trn1', 'trn1n'], 24);
  /** Trainium1; runs on Inferentia2 too. Up to 32 NeuronCores in an instance. */
  public static readonly TRN1 = new NeuronTarget('trn1', ['inf2', 'trn1', 'trn1n'], 32);
  /** Trainium2. Up to 64 logical NeuronCores in an instance. */
  public static readonly TRN2 = new NeuronTarget('trn2', ['trn2'], 64);

  /**
   * @param name as the compiler spells it
   * @param families instance families that run its programs
   * @param maxCores logical NeuronCores of its largest instance
   */
  private constructor(
    /** The target as the compiler spells it: `inf2`, `trn1`, `trn2`. */
    public readonly name: string,
    /** Instance families that run programs compiled for it. */
    public readonly families: string[],
    /** Logical NeuronCores of its largest instance: the most that one copy of a model can be cut over. */
    public readonly maxTensorParallelDegree: number,
  ) {}

  /** The target as the compiler spells it. */
  public toString(): string {
    return this.name;
  }
}
