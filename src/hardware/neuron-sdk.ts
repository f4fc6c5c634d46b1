import { Token } from 'aws-cdk-lib';
import type { Accelerator } from './accelerator';
import { AcceleratorKind } from './accelerator-kind';
import { quoted } from './core/names';
import { compareVersions, nxdInference, onDriver, parseSdkVersion, xlaInference, xlaTraining, type Support } from './core/neuron-support';
import data from './data/neuron-sdks.json';
import type { Evidence } from './evidence';
import type { InferenceAmi } from './inference-ami';
import { ProblemsError } from '../private/problems';

/** Whether something still works. */
export enum SupportLevel {
  /** It works. */
  SUPPORTED = 'supported',

  /** It works and gets fixes only; plan the move. */
  MAINTENANCE = 'maintenance',

  /** It does not work, or AWS withdrew its support. */
  UNSUPPORTED = 'unsupported',

  /** No source says. */
  UNKNOWN = 'unknown',
}

/** A statement about a Neuron SDK release. */
export interface NeuronSupport {
  /** Whether it works. */
  readonly level: SupportLevel;

  /** How well that is founded. */
  readonly evidence: Evidence;

  /** The statement in words, to be quoted in a message. */
  readonly reason: string;
}

/** A row of `data/neuron-sdks.json`, without its source. */
interface SdkRow {
  readonly version: string;
  readonly released?: string;
  readonly torch?: string;
  readonly runtime?: string;
  readonly driver?: string;
}

/** Drivers have up to four parts, e.g. `2.19.64.0`. */
const DRIVER = /^\d{1,6}(\.\d{1,6}){1,3}$/;

const ROWS = new Map((data.sdks as SdkRow[]).map((row) => [row.version, row]));

/** Filled by `NeuronSdk.of`: the same version gives the same object. */
const MADE = new Map<string, NeuronSdk>();

/**
 * A release of the AWS Neuron SDK (as in the `sdk2.26.1` of an image tag) and
 * how far it still serves each chip.
 *
 * Inferentia2 and the first Trainium are a frozen target: pin a release, never
 * take the latest. The rules, each with its reason, are in `core/neuron-support.ts`.
 */
export class NeuronSdk {
  /** 2.23.0 of 2025-05-19: PyTorch 2.6. */
  public static readonly V2_23_0 = NeuronSdk.of('2.23.0');
  /** 2.24.0 of 2025-06-24: PyTorch 2.7. */
  public static readonly V2_24_0 = NeuronSdk.of('2.24.0');
  /** 2.24.1: PyTorch 2.7. */
  public static readonly V2_24_1 = NeuronSdk.of('2.24.1');
  /** 2.25.0 of 2025-07-31: PyTorch 2.7. */
  public static readonly V2_25_0 = NeuronSdk.of('2.25.0');
  /** 2.26.0 of 2025-09-18: PyTorch 2.8; the release of the newest Hugging Face encoder images. */
  public static readonly V2_26_0 = NeuronSdk.of('2.26.0');
  /** 2.26.1: PyTorch 2.8; the newest release known to run on the SageMaker Neuron AMI. */
  public static readonly V2_26_1 = NeuronSdk.of('2.26.1');
  /** 2.27.0 of 2025-12-19: PyTorch 2.9. */
  public static readonly V2_27_0 = NeuronSdk.of('2.27.0');
  /** 2.27.1: PyTorch 2.9. */
  public static readonly V2_27_1 = NeuronSdk.of('2.27.1');
  /** 2.28.0 of 2026-02-26: the last with NxD Inference for Inferentia2 and Trainium. */
  public static readonly V2_28_0 = NeuronSdk.of('2.28.0');
  /** 2.29.0 of 2026-04-09: NxD Inference on Trainium2 and newer only. */
  public static readonly V2_29_0 = NeuronSdk.of('2.29.0');
  /** 2.29.1: as 2.29.0. */
  public static readonly V2_29_1 = NeuronSdk.of('2.29.1');
  /** 2.30.0 of 2026-05-21: PyTorch/XLA training ends; needs a driver newer than 2.26. */
  public static readonly V2_30_0 = NeuronSdk.of('2.30.0');
  /** 2.31.0 of 2026-07-07: PyTorch/XLA inference on Inferentia2 and Trainium in maintenance. */
  public static readonly V2_31_0 = NeuronSdk.of('2.31.0');
  /** 2.31.1 of 2026-08-12: the last PyTorch inference images. */
  public static readonly V2_31_1 = NeuronSdk.of('2.31.1');
  /** 2.32.0 of 2026-08-17: images for Trainium2 and newer only. */
  public static readonly V2_32_0 = NeuronSdk.of('2.32.0');
  /** 2.33.0 of 2026-10-19: TorchNeuron beta for Trainium2 and newer. */
  public static readonly V2_33_0 = NeuronSdk.of('2.33.0');

  /**
   * The release with this version; the same version gives the same object.
   *
   * A release that is not among the statics is allowed: the rules are by minor
   * version, and what they say about releases that nobody read is marked as inferred.
   *
   * @param version such as `2.26.1`; `2.26` means `2.26.0`
   * @throws if it is not a version of the second major release
   */
  public static of(version: string): NeuronSdk {
    const parts = parseSdkVersion(version);
    if (parts?.[0] !== 2) {
      throw new ProblemsError('NeuronSdk.of', [{
        prop: 'version',
        got: Token.isUnresolved(version) ? 'a token (a value known only at deploy time)' : quoted(version),
        allowed: 'a Neuron SDK version `2.<minor>.<patch>`',
        fix: "give the version in the image tag: 'sdk2.26.1' is '2.26.1'",
      }]);
    }
    const name = parts.join('.');
    const sdk = MADE.get(name) ?? new NeuronSdk(name, parts[1], ROWS.get(name) ?? { version: name });
    MADE.set(name, sdk);
    return sdk;
  }

  /** Every release of the catalogue, oldest first. */
  public static all(): NeuronSdk[] {
    return [...ROWS.keys()].map((version) => NeuronSdk.of(version));
  }

  /** Whether the catalogue has a row for this version, e.g. `2.26.1`. */
  public static isKnown(version: string): boolean {
    return ROWS.has(version);
  }

  /** Version with three parts, e.g. `2.26.1`. */
  public readonly version: string;
  /** Minor version: the 26 of `2.26.1`. */
  public readonly minor: number;
  /** Day of the release, `YYYY-MM-DD`, where known. */
  public readonly released?: string;
  /** PyTorch version that it brings, e.g. `2.8`, where known. */
  public readonly torch?: string;
  /** Version of its runtime library, e.g. `2.26.42`, where known. */
  public readonly runtime?: string;
  /** Version of the driver published with it, where known; the driver of the host decides, not this one. */
  public readonly driver?: string;
  /**
   * Whether large language models (NxD Inference, vLLM) still run on Inferentia2 and
   * the first Trainium with this release: true up to 2.28. PyTorch/XLA has a horizon
   * of its own, see `xlaInference`.
   */
  public readonly servesInf2Trn1: boolean;

  private constructor(version: string, minor: number, row: SdkRow) {
    this.version = version;
    this.minor = minor;
    this.released = row.released;
    this.torch = row.torch;
    this.runtime = row.runtime;
    this.driver = row.driver;
    this.servesInf2Trn1 = nxdInference(minor, 'NeuronCore-v2').level === 'supported';
  }

  /** NxD Inference on this chip: large language models, also under vLLM up to 0.16. */
  public nxdInference(accelerator: Accelerator): NeuronSupport {
    return verdict(accelerator, nxdInference(this.minor, accelerator.architecture));
  }

  /** PyTorch/XLA inference on this chip: traced encoders, vision and diffusion models. */
  public xlaInference(accelerator: Accelerator): NeuronSupport {
    return verdict(accelerator, xlaInference(this.minor, accelerator.architecture));
  }

  /** PyTorch/XLA training on this chip. */
  public xlaTraining(accelerator: Accelerator): NeuronSupport {
    return verdict(accelerator, xlaTraining(this.minor, accelerator.architecture));
  }

  /**
   * Whether an image of this release runs on a host with this Neuron driver.
   *
   * @param driver such as `2.19` or `2.19.64.0`
   * @throws if it is not a version
   */
  public onDriver(driver: string): NeuronSupport {
    if (!DRIVER.test(driver)) {
      throw new ProblemsError('NeuronSdk.onDriver', [{
        prop: 'driver', got: quoted(driver), allowed: 'a Neuron driver version such as `2.19`', fix: 'give the version that the host reports (`modinfo neuron`)',
      }]);
    }
    return onDriver(this.minor, driver, this.driver) as NeuronSupport;
  }

  /** Whether an image of this release runs on the hosts of this AMI. */
  public onAmi(ami: InferenceAmi): NeuronSupport {
    // A driver that is only known at deploy time, or is no version, is as good as unknown.
    if (ami.kind === AcceleratorKind.NEURON && ami.driver !== undefined && DRIVER.test(ami.driver)) return this.onDriver(ami.driver);
    const unknown = ami.kind === AcceleratorKind.NEURON;
    return {
      level: unknown ? SupportLevel.UNKNOWN : SupportLevel.UNSUPPORTED,
      evidence: 'documented',
      reason: unknown ? `the Neuron driver of ${ami.value} is not known` : `${ami.value} is for GPU hosts and has no Neuron driver`,
    } as NeuronSupport;
  }

  /** Negative when this release is older than the other, 0 when equal, positive when newer. */
  public compareTo(other: NeuronSdk): number {
    return compareVersions(this.version, other.version);
  }

  /** Whether the other value stands for the same release. */
  public sameAs(other: NeuronSdk): boolean {
    return this.version === other.version;
  }

  /** The version, e.g. `2.26.1`. */
  public toString(): string {
    return this.version;
  }
}

/** The levels and kinds of evidence of `core/` are the values of the public enums. */
function verdict(accelerator: Accelerator, support: Support): NeuronSupport {
  if (accelerator.kind === AcceleratorKind.NEURON) return support as NeuronSupport;
  return { level: 'unsupported', evidence: 'documented', reason: `${accelerator.name} is a GPU; Neuron runs on Inferentia and Trainium` } as NeuronSupport;
}
