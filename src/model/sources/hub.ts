import { Token } from 'aws-cdk-lib';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { checkPattern } from '../../private/checks';
import { throwProblems, type Problem } from '../../private/problems';
import type { ModelProfile } from '../model-profile';
import type { SourceParts } from './source-parts';

export interface HubOptions {
  readonly revision?: string;
  readonly tokenSecret?: secretsmanager.ISecret;
  readonly tokenField?: string;
  readonly profile?: ModelProfile;
}

/** Ids are one or two names of letters, digits, `-`, `_` and `.` (huggingface_hub, validate_repo_id). */
const HUB_ID = /^(?!.*(--|\.\.))\w([\w.-]{0,94}\w)?(\/\w([\w.-]{0,94}\w)?)?$/;
const REVISION = /^[\w][\w./-]{0,199}$/;

/** A commit hash, the only kind of revision that cannot move. */
export const COMMIT_HASH = /^[0-9a-f]{40}$/;

export function huggingFace(id: string, options: HubOptions): SourceParts {
  const problems: Problem[] = [
    ...checkPattern('id', id, HUB_ID, 'a model id of the Hugging Face Hub, e.g. BAAI/bge-base-en-v1.5', 'copy the id from the head of the model page, without the address of the site'),
    ...checkPattern('revision', options.revision, REVISION, 'a commit hash, a tag or a branch', 'give the 40 digits of the commit the model was tested with'),
  ];
  const secret = options.tokenSecret;
  // Users of other languages are not held by the type: a token as text must never come this far unnoticed.
  if (secret !== undefined && (typeof secret !== 'object' || typeof secret.secretArn !== 'string')) {
    problems.push({ prop: 'tokenSecret', got: typeof secret === 'string' ? 'plain text' : `a value of type ${typeof secret}`, allowed: 'a secret of AWS Secrets Manager', fix: 'store the token with Secrets Manager and pass Secret.fromSecretNameV2 or the Secret construct' });
  }
  if (options.tokenField !== undefined && secret === undefined) {
    problems.push({ prop: 'tokenField', got: JSON.stringify(options.tokenField), allowed: 'a field name together with `tokenSecret`', fix: 'pass tokenSecret, or remove tokenField' });
  }
  // The field stands in a reference whose parts `:` separates and `}` ends.
  problems.push(...checkPattern('tokenField', options.tokenField, /^[^:}]+$/, 'the name of a field of the secret, without `:` and `}`'));
  throwProblems('ModelSource.huggingFace', problems);
  return {
    description: `Hugging Face model ${id}${options.revision === undefined ? '' : ` at ${options.revision}`}`,
    profile: options.profile,
    bind: () => ({
      hub: {
        id,
        revision: options.revision,
        token: secret === undefined ? undefined
          : options.tokenField === undefined ? secret.secretValue : secret.secretValueFromJson(options.tokenField),
        tokenSecret: secret,
        tokenField: options.tokenField,
      },
      contentId: options.revision === undefined || revisionMayMove(options.revision) ? undefined : `huggingface:${id}@${options.revision}`,
    }),
  };
}

/** True when the weights behind a revision can change under a running endpoint. */
export function revisionMayMove(revision: string | undefined): boolean {
  return revision === undefined || (!Token.isUnresolved(revision) && !COMMIT_HASH.test(revision));
}
