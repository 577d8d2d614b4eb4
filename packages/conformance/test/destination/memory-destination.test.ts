import { MemoryDestination, type MemoryStore } from '@triplicate/core/testing';
import { describe, it } from 'vitest';
import { testDestination } from '../../src/index.ts';

const store: MemoryStore = new Map();
testDestination({ describe, it }, 'memory', async () => new MemoryDestination({ store }), {
  secrets: ['hunter2hunter2'],
});
