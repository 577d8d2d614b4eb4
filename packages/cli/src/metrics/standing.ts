import type { PipelineStatus, StoredRun } from '@triplicate/core';
import type { Gauge, Sample } from './exposition.ts';

/** How a pipeline stood when it was looked at last. */
export interface Standing {
  readonly pipeline: string;
  /** `undefined` until it is looked at. */
  readonly status: PipelineStatus | undefined;
  /** Its last backup, when the catalog knows one. */
  readonly run: StoredRun | undefined;
}

/** Each gauge once, with the samples of every pipeline. */
export const standingGauges = (standings: readonly Standing[]): Gauge[] => [
  ...runGauges(standings),
  ...lookedAtGauges(standings.flatMap(({ status }) => status ?? [])),
];

const lookedAtGauges = (statuses: readonly PipelineStatus[]): Gauge[] => [
  ...coverageGauges(statuses),
  gauge(
    'source_last_snapshot_timestamp_seconds',
    'When the newest snapshot of a source was made.',
    ofSources(statuses),
  ),
  gauge('source_alarms', 'Sudden changes of a source that nobody accepted.', alarmsOf(statuses)),
  ...destinationGauges(statuses),
];

const gauge = (name: string, help: string, samples: readonly Sample[]): Gauge => ({
  name: `triplicate_${name}`,
  help,
  samples,
});

const runGauges = (standings: readonly Standing[]): Gauge[] => {
  const of = (value: (run: StoredRun) => Sample['value']): Sample[] =>
    standings.map(({ pipeline, run }) => ({ labels: { pipeline }, value: run && value(run) }));
  return [
    gauge(
      'backup_ended_timestamp_seconds',
      'When the last backup ended.',
      of(({ ended }) => new Date(ended)),
    ),
    gauge(
      'backup_duration_seconds',
      'How long the last backup took.',
      of(({ started, ended }) => (ended - started) / 1000),
    ),
    gauge(
      'backup_success',
      'Whether the last backup did all of it.',
      of(({ ending }) => ending === 'success'),
    ),
    gauge(
      'backup_failed',
      'Whether the last backup missed its quorum.',
      of(({ ending }) => ending === 'failure'),
    ),
  ];
};

const coverageGauges = (statuses: readonly PipelineStatus[]): Gauge[] => {
  const of = (value: (status: PipelineStatus['coverage']) => Sample['value']): Sample[] =>
    statuses.map(({ pipeline, coverage }) => ({ labels: { pipeline }, value: value(coverage) }));
  return [
    gauge(
      'coverage_kept',
      'Whether the 3-2-1 rule holds.',
      of(({ verdict }) => verdict === 'kept'),
    ),
    gauge(
      'coverage_copies',
      'Copies that count, with the original.',
      of(({ copies }) => copies),
    ),
    gauge(
      'coverage_media',
      'Kinds of media.',
      of(({ media }) => media),
    ),
    gauge(
      'coverage_offsite_copies',
      'Copies that are kept elsewhere.',
      of(({ offsite }) => offsite),
    ),
    gauge(
      'coverage_immutable_copies',
      'Copies that cannot be destroyed from here.',
      of(({ immutable }) => immutable),
    ),
    gauge(
      'coverage_damaged_copies',
      'Copies that the last check found damaged.',
      of(({ errors }) => errors),
    ),
  ];
};

const ofSources = (statuses: readonly PipelineStatus[]): Sample[] =>
  statuses.flatMap(({ pipeline, sources }) =>
    sources.map(({ source, last }) => ({ labels: { pipeline, source }, value: last && new Date(last.time) })),
  );

const alarmsOf = (statuses: readonly PipelineStatus[]): Sample[] =>
  statuses.flatMap(({ pipeline, sources }) =>
    sources.map(({ source, alarms }) => ({ labels: { pipeline, source }, value: alarms.length })),
  );

const destinationGauges = (statuses: readonly PipelineStatus[]): Gauge[] => {
  type Destination = PipelineStatus['destinations'][number];
  const of = (value: (destination: Destination) => Sample['value']): Sample[] =>
    statuses.flatMap(({ pipeline, destinations }) =>
      destinations.map((one) => ({ labels: { pipeline, destination: one.destination }, value: value(one) })),
    );
  const isThere = ({ state }: Destination): boolean =>
    state === 'current' || state === 'behind' || state === 'read-only';
  return [
    gauge('destination_reachable', 'Whether the replica could be read.', of(isThere)),
    gauge(
      'destination_overdue',
      'Whether a disk that rotates should have turned up by now.',
      of(({ overdue }) => overdue),
    ),
    gauge(
      'destination_snapshots',
      'Snapshots on the replica; as it was last seen where it is not reachable.',
      of(({ snapshots }) => snapshots),
    ),
    gauge(
      'destination_behind_snapshots',
      'Snapshots that the replica lacks.',
      of((one) => (isThere(one) ? one.behindBy : undefined)),
    ),
    gauge(
      'destination_free_bytes',
      'Room that is left.',
      of(({ freeBytes }) => freeBytes),
    ),
    gauge(
      'destination_full_timestamp_seconds',
      'When no room is left, if it goes on so.',
      of(({ fullAt }) => fullAt),
    ),
    gauge(
      'destination_check_timestamp_seconds',
      'When it was checked last.',
      of(({ lastCheck }) => lastCheck?.at),
    ),
    gauge(
      'destination_check_whole',
      'Whether the last check found it whole.',
      of(({ lastCheck }) => lastCheck?.whole),
    ),
    gauge(
      'destination_proof_timestamp_seconds',
      'When its last restore test was made.',
      of(({ lastProof }) => lastProof?.at),
    ),
    gauge(
      'destination_proof_passed',
      'Whether its last restore test passed.',
      of(({ lastProof }) => lastProof?.passed),
    ),
  ];
};
