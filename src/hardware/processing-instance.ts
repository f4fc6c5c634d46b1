import { Token } from 'aws-cdk-lib';
import { AcceleratorInstance } from './accelerator-instance';
import { quoted, unknownName } from './core/names';
import data from './data/processing-instances.json';
import { processingProblems } from './facts-checks';
import type { IPricedInstance } from './priced-instance';
import { throwProblems, type Problem } from '../private/problems';

/** The facts that an instance type outside the catalogue must bring. */
export interface ProcessingInstanceFacts {
  /** Memory in GiB. A compile is placed on a type that has the memory for its model. */
  readonly memoryGiB: number;

  /** Number of virtual CPUs. */
  readonly vCpus: number;
}

const ROWS = new Map(data.instances.map((row) => [row.name, row]));

/** Filled by `ProcessingInstance.of`: the same name gives the same object. */
const MADE = new Map<string, ProcessingInstance>();

/**
 * A SageMaker instance type without accelerators, for processing jobs. A model can be
 * compiled for Neuron devices on it: no processing job has one.
 *
 * The facts, each with its source and date, are in `data/processing-instances.json` of
 * this package. The catalogue has x86 types of the families m5, r5, c5, m6i, r6i, c6i, m7i,
 * r7i and c7i, without local disks; that the API takes a name does not mean that a region has it.
 */
export class ProcessingInstance implements IPricedInstance {
  // <catalogue> written by scripts/generate-hardware.ts
  /** 2 vCPU, 8 GiB memory. */
  public static readonly M5_LARGE = ProcessingInstance.of('ml.m5.large');
  /** 4 vCPU, 16 GiB memory. */
  public static readonly M5_XLARGE = ProcessingInstance.of('ml.m5.xlarge');
  /** 8 vCPU, 32 GiB memory. */
  public static readonly M5_2XLARGE = ProcessingInstance.of('ml.m5.2xlarge');
  /** 16 vCPU, 64 GiB memory. */
  public static readonly M5_4XLARGE = ProcessingInstance.of('ml.m5.4xlarge');
  /** 48 vCPU, 192 GiB memory. */
  public static readonly M5_12XLARGE = ProcessingInstance.of('ml.m5.12xlarge');
  /** 96 vCPU, 384 GiB memory. */
  public static readonly M5_24XLARGE = ProcessingInstance.of('ml.m5.24xlarge');
  /** 2 vCPU, 16 GiB memory. */
  public static readonly R5_LARGE = ProcessingInstance.of('ml.r5.large');
  /** 4 vCPU, 32 GiB memory. */
  public static readonly R5_XLARGE = ProcessingInstance.of('ml.r5.xlarge');
  /** 8 vCPU, 64 GiB memory. */
  public static readonly R5_2XLARGE = ProcessingInstance.of('ml.r5.2xlarge');
  /** 16 vCPU, 128 GiB memory. */
  public static readonly R5_4XLARGE = ProcessingInstance.of('ml.r5.4xlarge');
  /** 32 vCPU, 256 GiB memory. */
  public static readonly R5_8XLARGE = ProcessingInstance.of('ml.r5.8xlarge');
  /** 48 vCPU, 384 GiB memory. */
  public static readonly R5_12XLARGE = ProcessingInstance.of('ml.r5.12xlarge');
  /** 64 vCPU, 512 GiB memory. */
  public static readonly R5_16XLARGE = ProcessingInstance.of('ml.r5.16xlarge');
  /** 96 vCPU, 768 GiB memory. */
  public static readonly R5_24XLARGE = ProcessingInstance.of('ml.r5.24xlarge');
  /** 4 vCPU, 8 GiB memory. */
  public static readonly C5_XLARGE = ProcessingInstance.of('ml.c5.xlarge');
  /** 8 vCPU, 16 GiB memory. */
  public static readonly C5_2XLARGE = ProcessingInstance.of('ml.c5.2xlarge');
  /** 16 vCPU, 32 GiB memory. */
  public static readonly C5_4XLARGE = ProcessingInstance.of('ml.c5.4xlarge');
  /** 36 vCPU, 72 GiB memory. */
  public static readonly C5_9XLARGE = ProcessingInstance.of('ml.c5.9xlarge');
  /** 72 vCPU, 144 GiB memory. */
  public static readonly C5_18XLARGE = ProcessingInstance.of('ml.c5.18xlarge');
  /** 2 vCPU, 8 GiB memory. */
  public static readonly M6I_LARGE = ProcessingInstance.of('ml.m6i.large');
  /** 4 vCPU, 16 GiB memory. */
  public static readonly M6I_XLARGE = ProcessingInstance.of('ml.m6i.xlarge');
  /** 8 vCPU, 32 GiB memory. */
  public static readonly M6I_2XLARGE = ProcessingInstance.of('ml.m6i.2xlarge');
  /** 16 vCPU, 64 GiB memory. */
  public static readonly M6I_4XLARGE = ProcessingInstance.of('ml.m6i.4xlarge');
  /** 32 vCPU, 128 GiB memory. */
  public static readonly M6I_8XLARGE = ProcessingInstance.of('ml.m6i.8xlarge');
  /** 48 vCPU, 192 GiB memory. */
  public static readonly M6I_12XLARGE = ProcessingInstance.of('ml.m6i.12xlarge');
  /** 64 vCPU, 256 GiB memory. */
  public static readonly M6I_16XLARGE = ProcessingInstance.of('ml.m6i.16xlarge');
  /** 96 vCPU, 384 GiB memory. */
  public static readonly M6I_24XLARGE = ProcessingInstance.of('ml.m6i.24xlarge');
  /** 128 vCPU, 512 GiB memory. */
  public static readonly M6I_32XLARGE = ProcessingInstance.of('ml.m6i.32xlarge');
  /** 2 vCPU, 16 GiB memory. */
  public static readonly R6I_LARGE = ProcessingInstance.of('ml.r6i.large');
  /** 4 vCPU, 32 GiB memory. */
  public static readonly R6I_XLARGE = ProcessingInstance.of('ml.r6i.xlarge');
  /** 8 vCPU, 64 GiB memory. */
  public static readonly R6I_2XLARGE = ProcessingInstance.of('ml.r6i.2xlarge');
  /** 16 vCPU, 128 GiB memory. */
  public static readonly R6I_4XLARGE = ProcessingInstance.of('ml.r6i.4xlarge');
  /** 32 vCPU, 256 GiB memory. */
  public static readonly R6I_8XLARGE = ProcessingInstance.of('ml.r6i.8xlarge');
  /** 48 vCPU, 384 GiB memory. */
  public static readonly R6I_12XLARGE = ProcessingInstance.of('ml.r6i.12xlarge');
  /** 64 vCPU, 512 GiB memory. */
  public static readonly R6I_16XLARGE = ProcessingInstance.of('ml.r6i.16xlarge');
  /** 96 vCPU, 768 GiB memory. */
  public static readonly R6I_24XLARGE = ProcessingInstance.of('ml.r6i.24xlarge');
  /** 128 vCPU, 1024 GiB memory. */
  public static readonly R6I_32XLARGE = ProcessingInstance.of('ml.r6i.32xlarge');
  /** 4 vCPU, 8 GiB memory. */
  public static readonly C6I_XLARGE = ProcessingInstance.of('ml.c6i.xlarge');
  /** 8 vCPU, 16 GiB memory. */
  public static readonly C6I_2XLARGE = ProcessingInstance.of('ml.c6i.2xlarge');
  /** 16 vCPU, 32 GiB memory. */
  public static readonly C6I_4XLARGE = ProcessingInstance.of('ml.c6i.4xlarge');
  /** 32 vCPU, 64 GiB memory. */
  public static readonly C6I_8XLARGE = ProcessingInstance.of('ml.c6i.8xlarge');
  /** 48 vCPU, 96 GiB memory. */
  public static readonly C6I_12XLARGE = ProcessingInstance.of('ml.c6i.12xlarge');
  /** 64 vCPU, 128 GiB memory. */
  public static readonly C6I_16XLARGE = ProcessingInstance.of('ml.c6i.16xlarge');
  /** 96 vCPU, 192 GiB memory. */
  public static readonly C6I_24XLARGE = ProcessingInstance.of('ml.c6i.24xlarge');
  /** 128 vCPU, 256 GiB memory. */
  public static readonly C6I_32XLARGE = ProcessingInstance.of('ml.c6i.32xlarge');
  /** 2 vCPU, 8 GiB memory. */
  public static readonly M7I_LARGE = ProcessingInstance.of('ml.m7i.large');
  /** 4 vCPU, 16 GiB memory. */
  public static readonly M7I_XLARGE = ProcessingInstance.of('ml.m7i.xlarge');
  /** 8 vCPU, 32 GiB memory. */
  public static readonly M7I_2XLARGE = ProcessingInstance.of('ml.m7i.2xlarge');
  /** 16 vCPU, 64 GiB memory. */
  public static readonly M7I_4XLARGE = ProcessingInstance.of('ml.m7i.4xlarge');
  /** 32 vCPU, 128 GiB memory. */
  public static readonly M7I_8XLARGE = ProcessingInstance.of('ml.m7i.8xlarge');
  /** 48 vCPU, 192 GiB memory. */
  public static readonly M7I_12XLARGE = ProcessingInstance.of('ml.m7i.12xlarge');
  /** 64 vCPU, 256 GiB memory. */
  public static readonly M7I_16XLARGE = ProcessingInstance.of('ml.m7i.16xlarge');
  /** 96 vCPU, 384 GiB memory. */
  public static readonly M7I_24XLARGE = ProcessingInstance.of('ml.m7i.24xlarge');
  /** 192 vCPU, 768 GiB memory. */
  public static readonly M7I_48XLARGE = ProcessingInstance.of('ml.m7i.48xlarge');
  /** 2 vCPU, 16 GiB memory. */
  public static readonly R7I_LARGE = ProcessingInstance.of('ml.r7i.large');
  /** 4 vCPU, 32 GiB memory. */
  public static readonly R7I_XLARGE = ProcessingInstance.of('ml.r7i.xlarge');
  /** 8 vCPU, 64 GiB memory. */
  public static readonly R7I_2XLARGE = ProcessingInstance.of('ml.r7i.2xlarge');
  /** 16 vCPU, 128 GiB memory. */
  public static readonly R7I_4XLARGE = ProcessingInstance.of('ml.r7i.4xlarge');
  /** 32 vCPU, 256 GiB memory. */
  public static readonly R7I_8XLARGE = ProcessingInstance.of('ml.r7i.8xlarge');
  /** 48 vCPU, 384 GiB memory. */
  public static readonly R7I_12XLARGE = ProcessingInstance.of('ml.r7i.12xlarge');
  /** 64 vCPU, 512 GiB memory. */
  public static readonly R7I_16XLARGE = ProcessingInstance.of('ml.r7i.16xlarge');
  /** 96 vCPU, 768 GiB memory. */
  public static readonly R7I_24XLARGE = ProcessingInstance.of('ml.r7i.24xlarge');
  /** 192 vCPU, 1536 GiB memory. */
  public static readonly R7I_48XLARGE = ProcessingInstance.of('ml.r7i.48xlarge');
  /** 2 vCPU, 4 GiB memory. */
  public static readonly C7I_LARGE = ProcessingInstance.of('ml.c7i.large');
  /** 4 vCPU, 8 GiB memory. */
  public static readonly C7I_XLARGE = ProcessingInstance.of('ml.c7i.xlarge');
  /** 8 vCPU, 16 GiB memory. */
  public static readonly C7I_2XLARGE = ProcessingInstance.of('ml.c7i.2xlarge');
  /** 16 vCPU, 32 GiB memory. */
  public static readonly C7I_4XLARGE = ProcessingInstance.of('ml.c7i.4xlarge');
  /** 32 vCPU, 64 GiB memory. */
  public static readonly C7I_8XLARGE = ProcessingInstance.of('ml.c7i.8xlarge');
  /** 48 vCPU, 96 GiB memory. */
  public static readonly C7I_12XLARGE = ProcessingInstance.of('ml.c7i.12xlarge');
  /** 64 vCPU, 128 GiB memory. */
  public static readonly C7I_16XLARGE = ProcessingInstance.of('ml.c7i.16xlarge');
  /** 96 vCPU, 192 GiB memory. */
  public static readonly C7I_24XLARGE = ProcessingInstance.of('ml.c7i.24xlarge');
  /** 192 vCPU, 384 GiB memory. */
  public static readonly C7I_48XLARGE = ProcessingInstance.of('ml.c7i.48xlarge');
  // </catalogue>

  /**
   * A type of the catalogue, e.g. `ProcessingInstance.of('ml.m5.4xlarge')`.
   *
   * @param name as SageMaker spells it
   * @throws if the catalogue does not have it
   */
  public static of(name: string): ProcessingInstance {
    const made = MADE.get(name);
    if (made) return made;
    const row = ROWS.get(name);
    if (!row) throwProblems('ProcessingInstance.of', [unknownInstance(name)]);
    const instance = new ProcessingInstance(name, { memoryGiB: row!.memoryGiB, vCpus: row!.vcpu });
    MADE.set(name, instance);
    return instance;
  }

  /**
   * An instance type outside the catalogue, or one whose facts you know better.
   *
   * @param name as SageMaker spells it, e.g. `ml.m8i.4xlarge`; one without accelerators
   * @param facts what the catalogue would say about it
   * @throws if a fact is missing or impossible; all problems are reported together
   */
  public static custom(name: string, facts: ProcessingInstanceFacts): ProcessingInstance {
    throwProblems('ProcessingInstance.custom', processingProblems(name, facts, AcceleratorInstance.isKnown(name)));
    return new ProcessingInstance(name, facts);
  }

  /** Every instance type of the catalogue, by family and size. */
  public static all(): ProcessingInstance[] {
    return [...ROWS.keys()].map((name) => ProcessingInstance.of(name));
  }

  /** Whether the catalogue has this name, e.g. `ml.m5.4xlarge`. */
  public static isKnown(name: string): boolean {
    return ROWS.has(name);
  }

  /** Name as SageMaker spells it, e.g. `ml.m5.4xlarge`. */
  public readonly name: string;
  /** Family, e.g. `m5`. */
  public readonly family: string;
  /** Size within the family, e.g. `4xlarge`. */
  public readonly size: string;
  /** Number of virtual CPUs. */
  public readonly vCpus: number;
  /** Memory in GiB. */
  public readonly memoryGiB: number;

  private constructor(name: string, facts: ProcessingInstanceFacts) {
    const [, family, size] = name.split('.');
    this.name = name;
    this.family = family;
    this.size = size;
    this.vCpus = facts.vCpus;
    this.memoryGiB = facts.memoryGiB;
  }

  /** Whether the other value stands for the same instance type: same name. */
  public sameAs(other: ProcessingInstance): boolean {
    return this.name === other.name;
  }

  /** The name, e.g. `ml.m5.4xlarge`. */
  public toString(): string {
    return this.name;
  }
}

/** The EC2 spelling has an exact answer; a type with accelerators has no near name that would help. */
function unknownInstance(name: string): Problem {
  const withPrefix = `ml.${String(name).trim().toLowerCase()}`;
  if (!Token.isUnresolved(name) && ROWS.has(withPrefix)) {
    return { prop: 'name', got: quoted(name), allowed: 'a SageMaker instance type; its name starts with `ml.`', fix: `write '${withPrefix}'` };
  }
  if (AcceleratorInstance.isKnown(name)) {
    return { prop: 'name', got: `${quoted(name)}, a type with accelerators`, allowed: `one of the ${ROWS.size} instance types of the catalogue`, fix: "use a type without, such as 'ml.m5.4xlarge'" };
  }
  return unknownName({
    prop: 'name',
    got: String(name),
    isToken: Token.isUnresolved(name),
    known: [...ROWS.keys()],
    allowed: `one of the ${ROWS.size} instance types of the catalogue`,
    otherwise: 'otherwise use `ProcessingInstance.custom` with its facts',
  });
}
