import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { openS3 } from './open.ts';
import { type S3Options, s3Options } from './options.ts';

const s3: DestinationPlugin<S3Options> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 's3',
  summary: 'A bucket at Amazon S3, or at any of the many services that speak its protocol.',
  options: s3Options,
  canLock: true,
  open: openS3,
};

export default s3;
export { openS3 } from './open.ts';
export { type S3Options, s3Options } from './options.ts';
export { S3Destination } from './s3-destination.ts';
