// The validator that newer aws-cdk-lib versions run at every synth costs seconds per test file. It has a check of its own in
// `.ci/run`, over the example templates; here it is off unless someone asks for it.
process.env.CDK_VALIDATION ??= 'false';
// The SDK's note on Node 20, once per module registry.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
