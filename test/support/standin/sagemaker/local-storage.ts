/**
 * Whose instances bring their own NVMe disk: SageMaker attaches no volume to them and refuses VolumeSizeInGB on an endpoint variant.
 * A volume key is another matter: the API takes it and it "does not encrypt instance local storage" (botocore 1.44.5, KmsKeyId of
 * CreateEndpointConfig).
 */
export interface LocalStorageRule {
  readonly family: RegExp;
  /**
   * `stated`: `volume_size_supported` of the SageMaker Python SDK says so (trn1 since pull request 4828, 2024-08-12, after the
   * service refused it). `inferred`: the family has local NVMe like the others, but no source says that a volume is refused.
   */
  readonly confidence: 'stated' | 'inferred';
}

export const LOCAL_STORAGE: readonly LocalStorageRule[] = [
  { family: /d/, confidence: 'stated' }, // g4dn, p3dn, p4d, p4de, c5d, m5d, r6gd ...
  { family: /^(g5|g6|p5|trn1)/, confidence: 'stated' }, // and g6e, p5e, p5en, trn1n
  { family: /^(gr6|g7|p6|trn2)/, confidence: 'inferred' }, // and g7e, p6-b200, p6-b300, p6e-gb200
];

/** `g5` of `ml.g5.xlarge`. */
export function family(instanceType: string): string {
  return instanceType.split('.')[1] ?? '';
}

/** The rule by which the type takes no volume; none when it takes one, as inf1, inf2 and p3 do. */
export function localStorageRule(instanceType: string): LocalStorageRule | undefined {
  return LOCAL_STORAGE.find((rule) => rule.family.test(family(instanceType)));
}
