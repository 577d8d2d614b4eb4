import { describe, it } from 'node:test';
import { MemoryDestination, type MemoryStore } from '@triplicate/core/testing';
import { testDestination } from '../src/index.ts';

const store: MemoryStore = new Map();
testDestination({ describe, it }, 'memory', async () => new MemoryDestination({ store }), { seed: 1 });
