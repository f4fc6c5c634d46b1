/** What the examples have to look like once they are deployed. */
export interface ExpectedVariant {
  readonly instanceType: string;
  readonly weight: number;
  readonly count: number;
  /** Limits of the scalable target. */
  readonly scaling: readonly [min: number, max: number];
  readonly policies: number;
  /** Where weight and count are moved to while the endpoint runs. */
  readonly shifted: { readonly weight: number; readonly count: number };
  /** Whether this project made the execution role, so that it has to be narrow. */
  readonly ownRole: boolean;
}

export interface Expected {
  readonly endpointName?: string;
  readonly variants: Readonly<Record<string, ExpectedVariant>>;
  /** Resource types of the example that MiniStack 1.5.33 does not know: not deployed. */
  readonly without: readonly string[];
  /** Secrets that the templates refer to. */
  readonly secrets: readonly string[];
}

export const EXPECTED: Readonly<Record<string, Expected>> = {
  'embeddings': {
    without: [],
    secrets: [],
    variants: {
      gpu: { instanceType: 'ml.g5.xlarge', weight: 1, count: 2, scaling: [2, 8], policies: 1, shifted: { weight: 20, count: 3 }, ownRole: true },
      inferentia2: { instanceType: 'ml.inf2.xlarge', weight: 0, count: 1, scaling: [1, 6], policies: 1, shifted: { weight: 80, count: 4 }, ownRole: true },
    },
  },
  'llm': {
    endpointName: 'llama-3-1-8b',
    without: [],
    secrets: ['huggingface/token'],
    variants: {
      gpu: { instanceType: 'ml.g6e.2xlarge', weight: 1, count: 2, scaling: [2, 6], policies: 1, shifted: { weight: 20, count: 3 }, ownRole: true },
      inferentia2: { instanceType: 'ml.inf2.48xlarge', weight: 0, count: 1, scaling: [1, 3], policies: 1, shifted: { weight: 80, count: 2 }, ownRole: true },
    },
  },
  'bring-your-own': {
    without: [],
    secrets: [],
    variants: {
      inferentia2: { instanceType: 'ml.inf2.8xlarge', weight: 1, count: 1, scaling: [0, 4], policies: 2, shifted: { weight: 1, count: 3 }, ownRole: false },
    },
  },
};
