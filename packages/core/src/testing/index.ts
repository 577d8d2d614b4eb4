export * from './memory-destination.ts';
