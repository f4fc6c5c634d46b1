import { awscdk, javascript } from 'projen';

/**
 * The rooms of `src/` and what each may import (see ARCHITECTURE.md). A room is
 * listed here from the commit that brings its first code.
 */
const ROOMS: Record<string, string[]> = {
  private: [],
  hardware: ['private'],
  model: ['hardware', 'private'],
  compilation: ['hardware', 'model', 'private'],
  endpoint: ['hardware', 'model', 'private'],
  benchmark: ['hardware', 'model', 'endpoint', 'private'],
  migration: ['hardware', 'endpoint', 'benchmark', 'private'],
  training: ['hardware', 'model', 'compilation', 'private'],
  monitoring: ['hardware', 'model', 'compilation', 'endpoint', 'benchmark', 'migration', 'training', 'private'],
};

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-accelerators',
  description: 'AWS CDK constructs to serve models on SageMaker on NVIDIA GPU, Inferentia2 and Trainium, side by side on one endpoint.',
  author: 'cdk-accelerators contributors',
  authorAddress: 'https://github.com/cdk-accelerators/cdk-accelerators',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-accelerators/cdk-accelerators.git',
  license: 'Apache-2.0',
  keywords: ['aws', 'cdk', 'sagemaker', 'inferentia2', 'trainium', 'neuron', 'gpu', 'inference', 'machine-learning'],
  stability: 'experimental',
  defaultReleaseBranch: 'main',

  // See docs/decisions/002.
  cdkVersion: '2.260.0',
  jsiiVersion: '~6.0.0',
  minNodeVersion: '20.0.0',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  sampleCode: false,
  // CI is `.ci/run`; nothing here depends on one forge.
  github: false,
  depsUpgrade: false,

  publishToPypi: { distName: 'cdk-accelerators', module: 'cdk_accelerators' },
  publishToMaven: {
    javaPackage: 'io.github.cdkaccelerators',
    mavenGroupId: 'io.github.cdkaccelerators',
    mavenArtifactId: 'cdk-accelerators',
  },
  publishToNuget: { dotNetNamespace: 'CdkAccelerators', packageId: 'CdkAccelerators' },
  publishToGo: { moduleName: 'github.com/cdk-accelerators/cdk-accelerators-go', packageName: 'cdkaccelerators' },

  lambdaOptions: { runtime: awscdk.LambdaRuntime.NODEJS_24_X, awsSdkConnectionReuse: false },

  devDeps: [
    '@aws-cdk/aws-sagemaker-alpha@2.159.1-alpha.0',
    '@aws-sdk/client-sagemaker',
    '@aws-sdk/client-application-auto-scaling',
    '@aws-sdk/client-cloudwatch',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sagemaker-runtime',
    '@aws-sdk/client-sfn',
    '@aws-sdk/client-sns',
    '@aws-sdk/client-ssm',
    '@cloud-copilot/iam-simulate',
    '@types/aws-lambda',
    '@types/node@^20',
    'asl-validator@^4',
    'aws-local-stepfunctions@3.0.0',
    'aws-cdk@2.1148.1',
    'cdk-nag@^3.0.2',
    'dynalite@4.0.0',
    'fast-check@^4',
    'tsx@^4',
  ],

  jestOptions: {
    configFilePath: 'jest.config.json',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      // Not the rest of the tree: `.ci/work` holds copies of it.
      roots: ['<rootDir>/src', '<rootDir>/test'],
      setupFiles: ['<rootDir>/test/support/setup.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/test/.tmp/'],
      collectCoverage: false,
      // Jest leaves a core to whoever watches: of two, half of the time.
      maxWorkers: '100%',
      // Scenarios of days of virtual time, on machines that have other work.
      testTimeout: 60_000,
    },
  },
  gitignore: ['.jsii.tabl.json', 'cdk.out', '/dist/', '/.venv*/', '/test/.tmp/', '__pycache__', '*.pyc', '.ci/work/'],
});

// `npm ci` refuses a lock in which the optional platform packages of a native module are incomplete, and the Go bindings of
// these two CDK packages exist for some versions only: hold them at versions that are complete.
project.package.addPackageResolutions(
  'unrs-resolver@1.12.2',
  '@aws-cdk/cloud-assembly-schema@54.1.0',
  '@aws-cdk/asset-node-proxy-agent-v6@2.1.2',
);

// API.md is what .jsii says, for people: in the repository and on Construct Hub. In the package it would be a seventh of it.
for (const path of ['/API.md', '/rosetta/', '/examples/', '/scripts/', '/docs/', '/.ci/', '/bench/', '/ARCHITECTURE.md', '/AGENTS.md', '/CONTRIBUTING.md',
  '/jest.config.json', 'tsconfig.json']) {
  project.npmignore?.exclude(path);
}

project.eslint?.addRules({
  '@typescript-eslint/prefer-nullish-coalescing': 'error',
  '@typescript-eslint/member-ordering': ['error', {
    default: ['public-static-field', 'public-static-method', 'protected-static-field', 'protected-static-method',
      'private-static-field', 'private-static-method', 'field', 'constructor', 'method'],
  }],
  'import/no-cycle': 'error',
  'max-lines': ['error', { max: 400 }],
  '@stylistic/max-len': 'off',
  'import/no-restricted-paths': ['error', {
    zones: [
      ...Object.entries(ROOMS).map(([room, allowed]) => ({
        target: `./src/${room}`,
        from: './src',
        except: [room, ...allowed].map((r) => `./${r}`),
        message: `${room}/ may import ${allowed.length ? allowed.map((r) => `${r}/`).join(', ') : 'no other room'} (ARCHITECTURE.md).`,
      })),
      ...Object.keys(ROOMS).flatMap((room) => ['core', 'runtime/*.{lambda,client}.ts'].map((part) => ({
        target: `./src/${room}/${part}`,
        from: './node_modules/aws-cdk-lib',
        message: 'core/ decides on plain data, and handlers run where there is no aws-cdk-lib.',
      }))),
    ],
  }],
});
for (const folder of ['scripts', 'bench', 'examples']) project.eslint?.addLintPattern(folder);
project.eslint?.addOverride({ files: ['scripts/**', 'examples/**', 'bench/**'], rules: { 'import/no-unresolved': ['error', { ignore: ['^cdk-accelerators$'] }] } });
// The clients are bundled without the AWS SDK, which the Lambda runtime has.
project.eslint?.addOverride({ files: ['src/*/runtime/*.client.ts'], rules: { 'import/no-extraneous-dependencies': 'off' } });
project.eslint?.addOverride({ files: ['test/**', 'scripts/**', 'examples/**', 'bench/**'], rules: { 'max-lines': 'off', 'import/no-extraneous-dependencies': 'off' } });

// Shipped as they are: the Python programs (the compile script, and what starts a training in its container), and the schemas of records.
project.preCompileTask.exec('mkdir -p assets/benchmark && cp src/benchmark/schema/*.json assets/benchmark/');
for (const [from, to] of [['compilation/script/.', 'compilation/script'], ['training/launcher/launch.py', 'training/launcher']]) {
  project.preCompileTask.exec(`rm -rf assets/${to} && mkdir -p assets/${to} && cp -R src/${from} assets/${to} && find assets/${to} -name __pycache__ -prune -exec rm -rf {} +`);
}

// `npm test` (and so `npm cit`) is all of it: the API test reads the compiled assembly.
project.testTask.prependSpawn(project.compileTask);
project.testTask.prependSpawn(project.preCompileTask);

// The programs in Python: their tests run where Python is, and in `.ci/run` always.
for (const folder of ['compilation/script', 'training/launcher']) project.testTask.exec(`python3 -B -m unittest discover -s test/${folder}`, { condition: 'python3 --version' });

const tsx = 'tsx --tsconfig examples/tsconfig.json';
// Handlers and compile script are assets of the apps.
const withAssets = (exec: string) => ({ steps: [{ spawn: project.preCompileTask.name }, { exec }] });
project.addTask('demo', { description: 'Synthesize examples/embeddings and print what it would take and cost', ...withAssets(`${tsx} scripts/demo.ts`) });
project.addTask('examples', { description: 'Synthesize every example into examples/<name>/cdk.out', ...withAssets(`${tsx} scripts/examples.ts`) });
project.addTask('bench:synth', {
  description: 'Measure synth time, import time and package size; the last line is JSON',
  steps: [{ spawn: 'compile' }, { exec: 'tsx bench/synth.ts' }],
});
project.addTask('bench:judge', { description: 'Simulate good, bad and edge migrations under the judge and three other rules; the last line is JSON', exec: 'tsx bench/judge.ts', receiveArgs: true });
project.addTask('typecheck', {
  description: 'Type-check tests, scripts and examples (the test transform does not)',
  steps: ['test', 'examples', 'scripts', 'bench'].map((folder) => ({ exec: `tsc --noEmit -p ${folder}/tsconfig.json` })),
});
project.addTask('refresh:catalogue', { description: 'Refresh instance types from the AWS SDK\'s enumerations', exec: 'tsx scripts/refresh-catalogue.ts', receiveArgs: true });
project.addTask('refresh:prices', { description: 'Refresh prices from the public offer files', exec: 'tsx scripts/refresh-prices.ts', receiveArgs: true });
project.addTask('generate:hardware', { description: 'Write the statics of AcceleratorInstance from the data', exec: 'tsx scripts/generate-hardware.ts' });

// jsii would put the source and its map into each file: twice the size of the package, read at each import.
for (const option of ['inlineSourceMap', 'inlineSources']) project.tryFindObjectFile('tsconfig.json')?.addOverride(`compilerOptions.${option}`, false);

project.synth();
