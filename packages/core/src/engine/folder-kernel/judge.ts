import { type Code, either, type FunctionSource, i32, i64, type Locals } from '../../transform/wasm/assembler.ts';
import { refuse, refuseIf } from '../../transform/wasm/reading.ts';
import { kind, ownAt, record, settledAt, statx, statxNeeded } from './layout.ts';

const [folderType, fileType, typeMask] = [0o040000, 0o100000, 0o170000];
/** Of Go's. */
const folderBit = 2 ** 31;

/** Go's mode of a file with these bits, as `goMode` has it. */
const goMode = ({ get }: Locals): Code => {
  const bits = (mask: number): Code => i32.and(get('mode'), i32.const(mask));
  const setIds = i32.shl(bits(0o6000), i32.const(12));
  const sticky = i32.shl(bits(0o1000), i32.const(11));
  return i32.or(bits(0o777), i32.or(setIds, sticky));
};

/**
 * `judge(record, stat)`: whether the plain node of a record is what `statx` tells, by the rules of `isUnchanged`, `isSameEntry` and `isSameFolderOrLink`, with
 * the owner and in the file system of its folder, and has been for so long that its extended attributes are the same too. Where it gives 0, that may be so all the same.
 */
export const judge: FunctionSource = {
  name: 'judge',
  parameters: { record: 'i32', stat: 'i32' },
  locals: { mode: 'i32', wrong: 'i64' },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    const differs = (field: number, from: Code, other = field): Code =>
      refuse(locals, i64.xor(i64.load(get('stat'), field), i64.load(from, other)));
    const wordDiffers = (field: number, other: number): Code =>
      refuseIf(locals, i32.xor(i32.load(get('stat'), field), i32.load(get('record'), other)));
    const modeDiffers = (type: number, bit: number): Code => [
      ...refuseIf(locals, i32.xor(i32.and(get('mode'), i32.const(typeMask)), i32.const(type))),
      ...refuseIf(locals, i32.xor(i32.xor(goMode(locals), i32.const(bit | 0)), i32.load(get('record'), record.mode))),
    ];
    const known = i32.and(i32.load(get('stat'), statx.mask), i32.const(statxNeeded));
    return [
      refuseIf(locals, i32.xor(known, i32.const(statxNeeded))),
      set('mode', i32.load16(get('stat'), statx.mode)),
      either(
        i32.equal(i32.load(get('record'), record.kind), i32.const(kind.file)),
        [
          ...modeDiffers(fileType, 0),
          ...refuseIf(locals, i32.differ(i32.load(get('stat'), statx.links), i32.const(1))),
          ...differs(statx.size, get('record'), record.size),
        ],
        modeDiffers(folderType, folderBit),
      ),
      differs(statx.owner, i32.const(ownAt)),
      differs(statx.device, i32.const(ownAt)),
      differs(statx.inode, get('record'), record.inode),
      differs(statx.mtime, get('record'), record.mtime),
      differs(statx.ctime, get('record'), record.ctime),
      wordDiffers(statx.mtimeNs, record.mtimeNs),
      wordDiffers(statx.ctimeNs, record.ctimeNs),
      // One before 1970 is none of these either.
      refuseIf(locals, i32.isZero(i64.lessThan(i64.load(get('stat'), statx.ctime), i64.load(i32.const(settledAt), 0)))),
      i64.isZero(get('wrong')),
    ];
  },
};
