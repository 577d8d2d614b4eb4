/** What a number in the column `data_type` of the samples stands for. */
export interface SampleKind {
  readonly name: string;
  readonly unit?: string;
  /** By which the stored number becomes one of that unit. */
  readonly factor?: number;
}

/** Only the kinds whose numbers are known for certain; the others are shown by their number. */
export const sampleKinds: ReadonlyMap<number, SampleKind> = new Map([
  [2, { name: 'Height', unit: 'm' }],
  [3, { name: 'Body mass', unit: 'kg' }],
  // Stored as beats in a second.
  [5, { name: 'Heart rate', unit: 'per minute', factor: 60 }],
  [7, { name: 'Steps' }],
  [8, { name: 'Distance walking or running' }],
  [9, { name: 'Resting energy', unit: 'kcal' }],
  [10, { name: 'Active energy', unit: 'kcal' }],
  [12, { name: 'Flights climbed' }],
  [63, { name: 'Sleep' }],
  [118, { name: 'Resting heart rate', unit: 'per minute' }],
  [173, { name: 'Headphone audio level', unit: 'dB' }],
]);

export const sleep = 63;

/** `HKCategoryValueSleepAnalysis`. */
export const sleepStages = ['in bed', 'asleep', 'awake', 'core', 'deep', 'REM'] as const;

const plainActivities =
  '1 American football,2 archery,3 Australian football,4 badminton,5 baseball,6 basketball,7 bowling,8 boxing,9 climbing,10 cricket,11 cross training,12 curling,13 cycling,' +
  '14 dance,16 elliptical,17 equestrian sports,18 fencing,19 fishing,20 functional strength training,21 golf,22 gymnastics,23 handball,24 hiking,25 hockey,26 hunting,27 lacrosse,28 martial arts,' +
  '29 mind and body,31 paddle sports,32 play,33 preparation and recovery,34 racquetball,35 rowing,36 rugby,37 running,38 sailing,39 skating,40 snow sports,41 soccer,' +
  '42 softball,43 squash,44 stair climbing,45 surfing,46 swimming,47 table tennis,48 tennis,49 track and field,50 traditional strength training,51 volleyball,52 walking,' +
  '53 water fitness,54 water polo,55 water sports,56 wrestling,57 yoga,58 barre,59 core training,60 cross-country skiing,61 downhill skiing,62 flexibility,' +
  '63 high-intensity interval training,64 jump rope,65 kickboxing,66 Pilates,67 snowboarding,68 stairs,69 step training,70 wheelchair walk,71 wheelchair run,' +
  '72 tai chi,73 mixed cardio,74 hand cycling,75 disc sports,76 fitness gaming,77 cardio dance,78 social dance,79 pickleball,80 cooldown,3000 other';

/** `HKWorkoutActivityType`, as Apple documents it. */
export const activities: ReadonlyMap<number, string> = new Map(
  plainActivities.split(',').map((entry) => {
    const [number = '', ...words] = entry.split(' ');
    return [Number(number), words.join(' ')];
  }),
);
