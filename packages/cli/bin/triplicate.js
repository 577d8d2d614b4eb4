#!/usr/bin/env node
// Stands in the checkout, so that npm can link it before anything is built.
import { statSync } from 'node:fs';

const timeOf = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

// In a checkout somebody may have compiled since the bundle was made; what is installed from a registry has no build files.
const parts = ['cli', 'core', 'dest-local', 'source-files'];
const compiled = Math.max(...parts.map((name) => timeOf(`../../${name}/tsconfig.tsbuildinfo`)));
await import(timeOf('../bundle/main.js') > compiled ? '../bundle/main.js' : '../dist/main.js');
