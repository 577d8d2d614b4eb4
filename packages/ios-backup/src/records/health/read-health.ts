import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import type { RecordOptions } from '../record-options.ts';
import { activities, sampleKinds, sleep, sleepStages } from './sample-kinds.ts';

/** How much there is of one kind of sample; a summary and no medical record. */
export interface HealthSummary {
  readonly kind: string;
  readonly samples: number;
  readonly first: Date | undefined;
  readonly last: Date | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly average: number | undefined;
  readonly sum: number | undefined;
  /** Of the four numbers, where it is known. */
  readonly unit: string | undefined;
  /** From begin to end of each, together; of sleep and workouts. */
  readonly hours: number | undefined;
}

/** Counts and ranges by kind of sample, from the Health database that only encrypted backups have. */
export async function* readHealth(backup: IosBackup, options: RecordOptions): AsyncGenerator<HealthSummary> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain: 'HealthDomain', path: 'Health/healthdb_secure.sqlite' }, options);
  if (db === undefined) {
    return tally.gap(
      backup.info.encrypted
        ? 'health: the backup has no Health database'
        : 'health: only encrypted backups hold Health data',
    );
  }
  tally.source(db.label);
  const schema = new Schema(db, tally.gap);
  schema.require('samples', 'data_id', 'data_type', 'start_date');
  const quantities = schema.offers('values', 'quantity_samples', 'data_id', 'quantity');
  tally.gap(
    'health: a summary by kind of sample, stage of sleep and kind of workout; single samples, routes and electrocardiograms are not exported',
  );
  const value = quantities
    ? 'min(q.quantity) AS low, max(q.quantity) AS high, avg(q.quantity) AS mean, sum(q.quantity) AS total'
    : 'NULL AS low, NULL AS high, NULL AS mean, NULL AS total';
  const bounds = [cocoa(filter?.since) ?? -1e15, cocoa(filter?.until) ?? 1e15];
  const { stage, activity } = details(schema);
  const seconds = schema.offers('hours', 'samples', 'end_date') ? 'sum(max(0, s.end_date - s.start_date))' : 'NULL';
  const sql = `SELECT s.data_type AS kind, ${stage} AS stage, ${activity} AS activity, count(*) AS n, min(s.start_date) AS first,
    max(s.start_date) AS last, ${seconds} AS seconds, ${value}
    FROM samples s ${quantities ? 'LEFT JOIN quantity_samples q ON q.data_id = s.data_id' : ''}
    WHERE s.start_date >= ? AND s.start_date < ? GROUP BY 1, 2, 3 ORDER BY n DESC, kind, stage, activity`;
  let counted = 0;
  for (const row of schema.rows(sql, ...bounds)) {
    const samples = int(row['n']) ?? 0;
    counted += samples;
    tally.exported(samples);
    yield summary(row);
  }
  tally.skip('outside the period', schema.count('samples') - counted);
}

/** What a sample says of itself beyond its kind: a stage of sleep, or the activity of a workout. */
const details = (schema: Schema): { readonly stage: string; readonly activity: string } => {
  const stages = schema.offers('stages of sleep', 'category_samples', 'data_id', 'value');
  const own = schema.columns('workouts').has('activity_type');
  const activity = own
    ? 'SELECT w.activity_type FROM workouts w WHERE w.data_id = s.data_id'
    : 'SELECT a.activity_type FROM workout_activities a WHERE a.owner_id = s.data_id ORDER BY a.ROWID LIMIT 1';
  return {
    stage: stages
      ? `CASE s.data_type WHEN ${sleep} THEN (SELECT c.value FROM category_samples c WHERE c.data_id = s.data_id) END`
      : 'NULL',
    activity:
      own || schema.offers('kinds of workouts', 'workout_activities', 'activity_type', 'owner_id')
        ? `(${activity})`
        : 'NULL',
  };
};

const summary = (row: Row): HealthSummary => {
  const number = int(row['kind']) ?? -1;
  const [stage, activity] = [int(row['stage']), int(row['activity'])];
  const { name = `Kind ${text(row['kind']) ?? 'unknown'}`, unit, factor = 1 } = sampleKinds.get(number) ?? {};
  const times = (value: number | undefined): number | undefined => (value === undefined ? undefined : value * factor);
  const seconds = stage === undefined && activity === undefined ? undefined : real(row['seconds']);
  return {
    kind:
      activity !== undefined
        ? `Workout: ${activities.get(activity) ?? `activity ${activity}`}`
        : stage === undefined
          ? name
          : `${name}: ${sleepStages[stage] ?? `stage ${stage}`}`,
    samples: int(row['n']) ?? 0,
    first: dateFromCocoa(real(row['first'])),
    last: dateFromCocoa(real(row['last'])),
    minimum: times(real(row['low'])),
    maximum: times(real(row['high'])),
    average: times(real(row['mean'])),
    // A sum of rates says nothing.
    sum: unit === 'kcal' || unit === undefined ? real(row['total']) : undefined,
    unit,
    hours: seconds === undefined ? undefined : Math.round(seconds / 36) / 100,
  };
};

const cocoa = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1000 - 978_307_200;
