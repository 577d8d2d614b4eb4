#!/usr/bin/env node
// Stands in the checkout, so that npm can link it before anything is built. Only what every Node since 14.8 understands may stand here.
import { statSync } from 'node:fs';

const leastNode = 24;

if (Number.parseInt(process.versions.node, 10) < leastNode) {
  const { handOver } = await import('./newer-node.js');
  handOver(leastNode);
} else {
  const timeOf = (path) => {
    const stat = statSync(new URL(path, import.meta.url), { throwIfNoEntry: false });
    return stat === undefined ? 0 : stat.mtimeMs;
  };
  // In a checkout somebody may have compiled since the bundle was made; what is installed from a registry has no build files.
  const parts = ['cli', 'core', 'dest-local', 'source-files', 'source-device', 'plist'];
  const compiled = Math.max(...parts.map((name) => timeOf(`../../${name}/tsconfig.tsbuildinfo`)));
  await import(timeOf('../bundle/main.js') > compiled ? '../bundle/main.js' : '../dist/main.js');
}
