import type { Construct } from 'constructs';
import type { ModelProfile } from '../model-profile';
import type { ModelSourceBindOptions, ModelSourceConfig } from '../model-source-config';

/** What a kind of source is made of; `ModelSource` turns it into a public object. */
export interface SourceParts {
  readonly description: string;
  readonly profile?: ModelProfile;
  readonly bringsImage?: boolean;
  readonly bind: (scope: Construct, options: ModelSourceBindOptions) => ModelSourceConfig;
}
