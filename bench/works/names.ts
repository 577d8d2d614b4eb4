/** What is measured, as the report calls it. */
export const works = {
  first: 'first backup to one destination',
  three: 'first backup to three destinations',
  unchanged: 'backup of what did not change',
  churn: 'backup after churn',
  restoreAll: 'restore of everything',
  restoreOne: 'restore of one file',
  check: 'check --read-data',
  catchUp: 'catch-up of a fresh third destination',
  uploadS3: 'upload to an S3 server',
  wideFirst: 'first backup of tiny files',
  wideUnchanged: 'backup of tiny files that did not change',
  phoneFirst: 'first backup of a phone to one destination',
  phoneThree: 'first backup of a phone to three destinations',
  phoneAgain: 'backup of a phone after twenty files changed',
  startUp: '--version',
} as const;
