import { expect, it } from 'vitest';
import { pushName, quotedIn, reactionsIn } from '../../src/records/whatsapp/whatsapp-details.ts';
import { fuzz } from '../fixtures/fuzz.ts';
import { message } from '../fixtures/protobuf-writer.ts';

const receipt = message(
  [4, 1],
  [
    7,
    message(
      [1, message([1, 'RID'], [2, 'x@lid'], [3, '❤️'], [4, 9])],
      [2, message([1, 'RID'], [2, '😀'], [3, 1_683_043_229_311])],
    ),
  ],
);

it('reactions stand beside the receipts, those of others and the own one', () => {
  expect(reactionsIn(receipt)).toEqual([
    { jid: 'x@lid', what: '❤️', at: undefined },
    { jid: undefined, what: '😀', at: new Date('2023-05-02T16:00:29.311Z') },
  ]);
  expect(reactionsIn(message([4, 1]))).toEqual([]);
  expect(reactionsIn(message([7, message([1, message([3, 'x'.repeat(1000)])], [2, message([2, ''])])]))).toEqual([]);
  expect(reactionsIn(Buffer.from('ff', 'hex'))).toBeUndefined();
});

it('a receipt of a real phone (iOS 15, published as test data) has the reaction that was given there', () => {
  const bytes = Buffer.from(
    '20023a2712250a1433413931314435304239383942363836424446331204f09f918d18ffbcc6e9fd302001',
    'hex',
  );
  expect(reactionsIn(bytes)).toEqual([{ jid: undefined, what: '👍', at: new Date('2023-05-02T16:00:29.311Z') }]);
});

it('a reply names what it answers, wherever in its metadata that stands', () => {
  expect(quotedIn(message([5, '3A0123456789ABCDEF01']))).toEqual({ id: '3A0123456789ABCDEF01', text: undefined });
  expect(quotedIn(message([4, 'said'], [5, '3A0123456789'], [6, 'x@lid']))).toEqual({
    id: '3A0123456789',
    text: 'said',
  });
  expect(quotedIn(message([5, 'no <id>']))).toBeUndefined();
  expect(quotedIn(message([3, 42]))).toBeUndefined();
});

it('a name in base64 is read, a number there is none, and what only looks like base64 is a name', () => {
  expect(pushName(message([1, 'Chloé'], [2, 7]).toString('base64'))).toBe('Chloé');
  expect(pushName('COah/ZEGIAA=')).toBeUndefined();
  for (const name of ['Clar', 'Carl', 'Anna', 'Class of ’99']) expect(pushName(name)).toBe(name);
});

it('never crashes or hangs on damaged input', () => {
  expect(fuzz(reactionsIn, [receipt], 20_000, 11).refused).toBe(0);
  expect(fuzz(quotedIn, [message([4, 'said'], [5, '3A0123456789'])], 20_000, 11).refused).toBe(0);
});
