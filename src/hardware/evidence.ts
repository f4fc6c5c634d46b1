/** How well a fact or a choice of this library is founded. */
export enum Evidence {
  /** A source (API documentation, release notes, published tests) says so. */
  DOCUMENTED = 'documented',

  /** Concluded from neighbouring facts; no source says it in so many words. */
  INFERRED = 'inferred',
}
