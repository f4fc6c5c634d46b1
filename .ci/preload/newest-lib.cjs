/**
 * `node --require` this: the app gets aws-cdk-lib and constructs from NEWEST_LIB (a node_modules), whoever asks for them, so that
 * one copy of each is loaded. Prints the version when the app ends.
 */
const Module = require('node:module');
const { join } = require('node:path');

const from = join(process.env.NEWEST_LIB, 'anything.js');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  if (!/^(aws-cdk-lib|constructs)(\/|$)/.test(request)) return resolve.call(this, request, parent, ...rest);
  return resolve.call(this, request, { id: from, filename: from, paths: [process.env.NEWEST_LIB] }, ...rest);
};

process.on('exit', () => {
  const loaded = new Set(Object.keys(require.cache).map((file) => /^(.*\/node_modules\/aws-cdk-lib)\//.exec(file)?.[1]).filter(Boolean));
  for (const path of loaded) console.log(`aws-cdk-lib ${require(join(path, 'package.json')).version}`);
});
