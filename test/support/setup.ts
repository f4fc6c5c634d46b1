// The validator that newer aws-cdk-lib versions run at every synth costs seconds per test file. It has a check of its own in
// `.ci/run`, over the example templates; here it is off unless someone asks for it.
process.env.CDK_VALIDATION ??= 'false';
