import { describe, expect, it } from 'vitest';
import { runToFive } from '../campaign/five.ts';
import { fiveKinds, noFiveKinds } from '../kit/five-kinds.ts';
import { noRestic } from '../kit/restic.ts';
import { noRclone } from '../servers/rclone.ts';
import { noTlsProxy } from '../servers/tls-proxy.ts';

const missing = noFiveKinds ?? noRestic ?? noRclone ?? noTlsProxy;

// The campaign `five` does the same with a gigabyte.
describe.skipIf(missing !== undefined)(
  `one run to five destinations of five kinds${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    it('makes five replicas that each give back the source alone, and that stock restic finds whole', async () => {
      const said: string[] = [];
      const { judged, wrong } = await runToFive({ mebibytes: 24, seed: 3, say: (line) => void said.push(line) });
      expect(wrong).toEqual([]);
      expect(judged).toEqual(fiveKinds);
      expect(said.filter((line) => line.includes('equal to the source'))).toHaveLength(5);
    });
  },
);
