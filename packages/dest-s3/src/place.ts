import type { S3 } from '@aws-sdk/client-s3';
import type { Clock } from '@triplicate/core';
import type { Checksums } from './checksums.ts';

/** What every call needs: the client, and how objects are written in this bucket. */
export interface Place {
  readonly client: S3;
  readonly bucket: string;
  readonly label: string;
  readonly clock: Clock;
  readonly checksums: Checksums;
  readonly partSize: number;
  readonly storageClass: string | undefined;
  readonly encryption: string | undefined;
  readonly kmsKey: string | undefined;
  /** How long lasting objects are locked, and how. */
  readonly lock: { readonly mode: 'COMPLIANCE' | 'GOVERNANCE'; readonly forMs: number } | undefined;
}
