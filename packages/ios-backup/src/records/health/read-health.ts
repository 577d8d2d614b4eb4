import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import type { RecordOptions } from '../record-options.ts';

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
}

/** Only the kinds whose numbers are known for certain; the others are shown by their number. */
const kinds = new Map<number, string>([
  [3, 'Body mass'],
  [5, 'Heart rate'],
  [7, 'Steps'],
  [8, 'Distance walking or running'],
  [9, 'Resting energy'],
  [10, 'Active energy'],
  [12, 'Flights climbed'],
]);

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
  const schema = new Schema(db);
  schema.require('samples', 'data_id', 'data_type', 'start_date');
  const quantities = schema.columns('quantity_samples').has('quantity');
  if (!quantities) tally.gap('values: the database has no table "quantity_samples"');
  tally.gap('health: a summary by kind of sample; workouts, sleep stages and electrocardiograms are not taken apart');
  const value = quantities
    ? 'min(q.quantity) AS low, max(q.quantity) AS high, avg(q.quantity) AS mean, sum(q.quantity) AS total'
    : 'NULL AS low, NULL AS high, NULL AS mean, NULL AS total';
  const bounds = [cocoa(filter?.since) ?? -1e15, cocoa(filter?.until) ?? 1e15];
  const sql = `SELECT s.data_type AS kind, count(*) AS n, min(s.start_date) AS first, max(s.start_date) AS last, ${value}
    FROM samples s ${quantities ? 'LEFT JOIN quantity_samples q ON q.data_id = s.data_id' : ''} WHERE s.start_date >= ? AND s.start_date < ? GROUP BY s.data_type ORDER BY n DESC, kind`;
  let counted = 0;
  for (const row of schema.rows(sql, ...bounds)) {
    const samples = int(row['n']) ?? 0;
    counted += samples;
    tally.exported(samples);
    yield summary(row);
  }
  tally.skip('outside the period', schema.count('samples') - counted);
}

const summary = (row: Row): HealthSummary => ({
  kind: kinds.get(int(row['kind']) ?? -1) ?? `Kind ${text(row['kind']) ?? 'unknown'}`,
  samples: int(row['n']) ?? 0,
  first: dateFromCocoa(real(row['first'])),
  last: dateFromCocoa(real(row['last'])),
  minimum: real(row['low']),
  maximum: real(row['high']),
  average: real(row['mean']),
  sum: real(row['total']),
});

const cocoa = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1000 - 978_307_200;
