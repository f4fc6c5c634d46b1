/** Synthesizes every example into `examples/<name>/cdk.out`, as `npm run examples`. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', 'examples');
const names = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'cdk.json')))
  .map((entry) => entry.name);

for (const name of names) {
  const cwd = join(root, name);
  const { status } = spawnSync('npx', ['tsx', '--tsconfig', '../tsconfig.json', 'app.ts'], {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, CDK_OUTDIR: join(cwd, 'cdk.out') },
  });
  if (status !== 0) throw new Error(`examples/${name} did not synthesize`);
  console.log(`examples/${name}/cdk.out`);
}
