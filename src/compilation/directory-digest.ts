import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** What Python leaves behind, and what no artefact depends on. */
export const NOT_SHIPPED = ['__pycache__', '*.pyc', '.DS_Store', '.git'];

/**
 * A digest of the files below a directory: names with `/`, sorted by code unit, each with its content. Times, owners and modes do not
 * count, and it does not change with the version of aws-cdk-lib, as the fingerprint of an asset may.
 */
export function directoryDigest(directory: string): string {
  const hash = createHash('sha256');
  // File systems differ in how they spell accented letters; the digest does not.
  const files = filesBelow(directory, '').map((name) => ({ name, spelled: name.normalize('NFC') })).sort((a, b) => a.spelled < b.spelled ? -1 : 1);
  for (const { name, spelled } of files) {
    const content = fs.readFileSync(path.join(directory, name));
    hash.update(`${spelled}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesBelow(root: string, below: string): string[] {
  return fs.readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.endsWith('.pyc') || NOT_SHIPPED.includes(entry.name)) return [];
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    // Links are followed, as the asset does; what is behind one counts under the link's name.
    return fs.statSync(path.join(root, name)).isDirectory() ? filesBelow(root, name) : [name];
  });
}
