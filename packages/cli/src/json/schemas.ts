/** Every line that `--json` prints. `docs/json.md` says what the fields mean; a test holds each printed line against these. */
export * from './care-schemas.ts';
export * from './common-schemas.ts';
export * from './config-schemas.ts';
export * from './device-schemas.ts';
export * from './inside-schemas.ts';
export * from './look-schemas.ts';
export * from './proof-schemas.ts';
export * from './retention-schemas.ts';
export * from './run-schemas.ts';
export * from './schedule-schemas.ts';
export * from './setup-schemas.ts';
