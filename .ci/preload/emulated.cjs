/**
 * `node --require` this: the app as it is deployed to the emulated AWS.
 *
 * WITHOUT_TYPES: resource types, separated by commas, that MiniStack does not know; their resources are left out of the template.
 * CHANGED: every model gets one more environment variable, as an edit of the example would give it. A new model means a new endpoint
 * configuration, and so an update of the endpoint.
 */
const { CfnResource, Stage } = require('aws-cdk-lib');
const { CfnModel } = require('aws-cdk-lib/aws-sagemaker');

const without = (process.env.WITHOUT_TYPES ?? '').split(',');
const synth = Stage.prototype.synth;
Stage.prototype.synth = function (...args) {
  for (const construct of this.node.findAll()) {
    if (CfnResource.isCfnResource(construct) && without.includes(construct.cfnResourceType)) {
      construct.node.scope.node.tryRemoveChild(construct.node.id);
    }
    if (process.env.CHANGED && construct instanceof CfnModel) {
      const container = construct.stack.resolve(construct.containers) === undefined ? 'PrimaryContainer' : 'Containers.0';
      construct.addPropertyOverride(`${container}.Environment.REVISION_UNDER_TEST`, '2');
    }
  }
  return synth.apply(this, args);
};
