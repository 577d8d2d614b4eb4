#!/usr/bin/env node
// Stands in the checkout, so that npm can link it before anything is built.
import '../dist/main.js';
