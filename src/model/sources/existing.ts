import { Token } from 'aws-cdk-lib';
import { checkPattern } from '../../private/checks';
import { throwProblems } from '../../private/problems';
import type { ModelProfile } from '../model-profile';
import type { IServableModel } from '../model-source-config';
import { s3Uri, type S3Options } from './s3';
import type { SourceParts } from './source-parts';

/** Model names: 1 to 63 letters, digits and hyphens, not at the ends (SageMaker API, ModelName). */
const MODEL_NAME = /^(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;

/** `model-package/<name>` with a version number behind it when it belongs to a group (SageMaker API, ModelPackageArn). */
const PACKAGE_ARN = /^arn:aws[a-z-]*:sagemaker:[a-z0-9-]{9,20}:\d{12}:model-package\/(?=[^/]{1,63}(\/|$))[a-zA-Z0-9](-*[a-zA-Z0-9])*(\/\d{1,9})?$/;

export function existingModel(model: IServableModel, profile: ModelProfile | undefined): SourceParts {
  // The jsii kernel hands on any object, so the member may be missing although the type demands it.
  const name: unknown = (model as Partial<IServableModel> | undefined)?.modelName;
  const where = 'ModelSource.existingModel';
  if (typeof name !== 'string' || name === '') {
    throwProblems(where, [{ prop: 'model.modelName', got: name === '' ? 'an empty string' : `a value of type ${typeof name}`, allowed: 'the name of a SageMaker model', fix: 'pass an object with the member modelName, such as a Model of @aws-cdk/aws-sagemaker-alpha' }]);
  }
  const modelName = name as string;
  throwProblems(where, checkPattern('model.modelName', modelName, MODEL_NAME, 'letters, digits and hyphens, 1 to 63 characters', 'give the name of the model, not its ARN'));
  return {
    description: Token.isUnresolved(modelName) ? 'an existing SageMaker model' : `SageMaker model ${modelName}`,
    profile,
    bringsImage: true,
    bind: () => ({ modelName }),
  };
}

export function modelPackage(arn: string, options: S3Options & { readonly artifactUri?: string }): SourceParts {
  throwProblems('ModelSource.modelPackage', checkPattern('arn', arn, PACKAGE_ARN, 'the ARN of a model package, arn:aws:sagemaker:<region>:<account>:model-package/<group>/<version>', 'give the ARN of one version, not of the group'));
  const artifact = options.artifactUri === undefined ? undefined : s3Uri(options.artifactUri, options);
  return {
    description: `model package ${arn}`,
    profile: options.profile,
    bringsImage: true,
    bind: (scope, bindOptions) => {
      const read = artifact?.bind(scope, bindOptions);
      return { modelPackageArn: arn, policyStatements: read?.policyStatements, decryptionKeys: read?.decryptionKeys };
    },
  };
}
