export * from './check.ts';
export { destinationChecks } from './destination/checks.ts';
export * from './destination/run-checks.ts';
export { type DestinationCheck, type DestinationScope } from './destination/scope.ts';
export * from './destination/test-destination.ts';
export type { SourceCheck, SourceScope, SourceSubject } from './source/scope.ts';
export * from './source/test-source.ts';
