import type { GrammarKey } from './core/grammars';
import imagesFile from './data/images.json';
import registriesFile from './data/registries.json';

/** One catalogued image. */
export interface ImageRow {
  readonly repository: string;
  readonly tag: string;
  readonly kind: 'gpu' | 'neuron';
  readonly grammar: GrammarKey;
  readonly neuronSdk?: string;
  readonly cuda?: string;
  readonly families?: readonly string[];
  readonly status: string;
  readonly source: string;
}

/** The catalogue, as rows. */
export const IMAGES = imagesFile.images as readonly ImageRow[];

/** Repositories that look like serving images and are none, with the reason. */
export const NOT_SERVING: Readonly<Record<string, string>> = imagesFile.notServing;

/** Registry account of the AWS Deep Learning Containers per region. */
export const REGISTRY_ACCOUNTS: Readonly<Record<string, string>> = registriesFile.accounts;

/** When the registry table was read. */
export const REGISTRIES_COLLECTED_ON: string = registriesFile._meta.collectedOn;

/** Regions known to hold an image of the registry; undefined when it is in every region. */
export function regionsHolding(repository: string, kind: 'gpu' | 'neuron'): readonly string[] | undefined {
  const own: Readonly<Record<string, readonly string[]>> = registriesFile.repositoryRegions;
  return (Object.hasOwn(own, repository) ? own[repository] : undefined) ?? (kind === 'neuron' ? registriesFile.neuronRegions : undefined);
}
