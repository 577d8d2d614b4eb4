// A small assembler for WebAssembly: as much of it as the scanners and scrypt need. An instruction is the list of its bytes, an expression the bytes
// of its operands followed by its own, so that code reads like nested calls. Opcodes: https://webassembly.github.io/spec/core/binary/

export type Code = readonly number[];
export type ValueType = 'i32' | 'i64' | 'v128';

const typeCode: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };

/** LEB128 of a number from 0 to 2^32 - 1. */
const unsigned = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
};

/** LEB128 of a number in 32 bits, signed. */
const signed = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 0x7f];
    bytes.push((rest & 0x7f) | 0x80);
  }
};

/** The same of 64 bits. */
const signed64 = (value: bigint): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest >= -64n && rest < 64n) return [...bytes, Number(rest & 0x7fn)];
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
};

const binary =
  (opcode: number) =>
  (left: Code, right: Code): Code => [...left, ...right, opcode];

const unary =
  (opcode: number) =>
  (operand: Code): Code => [...operand, opcode];

/** Loads from `address + offset`; the alignment is a hint that no engine needs. */
const load =
  (opcode: number) =>
  (address: Code, offset: number): Code => [...address, opcode, 0, ...unsigned(offset)];

const store =
  (opcode: number) =>
  (address: Code, offset: number, value: Code): Code => [...address, ...value, opcode, 0, ...unsigned(offset)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  subtract: binary(0x6b),
  and: binary(0x71),
  xor: binary(0x73),
  mul: binary(0x6c),
  /** Without a sign, as all that follows. */
  divide: binary(0x6e),
  remainder: binary(0x70),
  shl: binary(0x74),
  shr: binary(0x76),
  or: binary(0x72),
  equal: binary(0x46),
  differ: binary(0x47),
  lessThan: binary(0x49),
  isZero: unary(0x45),
  wrap: unary(0xa7),
  load: load(0x28),
  load16: load(0x2f),
  loadByte: load(0x2d),
  store: store(0x36),
  storeByte: store(0x3a),
};

export const i64 = {
  const: (value: number): Code => [0x42, ...signed(value)],
  /** Eight bytes as they stand in memory. */
  bytes: (value: bigint): Code => [0x42, ...signed64(BigInt.asIntN(64, value))],
  add: binary(0x7c),
  subtract: binary(0x7d),
  mul: binary(0x7e),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shr: binary(0x88),
  differ: binary(0x52),
  lessThan: binary(0x54),
  isZero: unary(0x50),
  extend: unary(0xad),
  extendSigned: unary(0xac),
  load: load(0x29),
  store: store(0x37),
  loadByte: load(0x31),
};

/** Opcodes behind the prefix of vector instructions. */
const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const vectorShift =
  (opcode: number) =>
  (operand: Code, bits: number): Code => [...operand, ...i32.const(bits), ...simd(opcode)];

/** Four 32-bit words. */
export const words = {
  load: (address: Code, offset: number): Code => [...address, ...simd(0), 0, ...unsigned(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    ...address,
    ...value,
    ...simd(11),
    0,
    ...unsigned(offset),
  ],
  or: (left: Code, right: Code): Code => [...left, ...right, ...simd(80)],
  xor: (left: Code, right: Code): Code => [...left, ...right, ...simd(81)],
  shl: vectorShift(171),
  shr: vectorShift(173),
  add: (left: Code, right: Code): Code => [...left, ...right, ...simd(174)],
  /** The words of `operand` in another order. */
  pick: (operand: Code, order: readonly number[]): Code => [
    ...operand,
    ...operand,
    ...simd(13),
    ...order.flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte)),
  ],
};

/** Calls the function that stands at `index` in the module. */
export const call = (index: number, ...parameters: Code[]): Code => [...parameters.flat(), 0x10, ...unsigned(index)];

/** Blocks and loops without values; `depth` counts the enclosing ones from the inside. */
export const block = (...body: Code[]): Code => [0x02, 0x40, ...body.flat(), 0x0b];
export const loop = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0b];
export const branchIf = (depth: number, condition: Code): Code => [...condition, 0x0d, ...unsigned(depth)];
/** What is done only when the condition is not 0: one more enclosing block for a branch. */
export const when = (condition: Code, ...body: Code[]): Code => [...condition, 0x04, 0x40, ...body.flat(), 0x0b];
export const either = (condition: Code, yes: Code, no: Code): Code => [
  ...condition,
  0x04,
  0x40,
  ...yes,
  0x05,
  ...no,
  0x0b,
];
export const giveBack = (value: Code): Code => [...value, 0x0f];

export interface Locals {
  readonly get: (name: string) => Code;
  readonly set: (name: string, value: Code) => Code;
}

export interface FunctionSource {
  readonly name: string;
  readonly parameters: Readonly<Record<string, ValueType>>;
  readonly locals: Readonly<Record<string, ValueType>>;
  readonly result?: ValueType;
  body(locals: Locals): readonly Code[];
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
const text = (value: string): Code => vector([...Buffer.from(value)].map((byte) => [byte]));

const localsOf = ({ parameters, locals }: FunctionSource): Locals => {
  const names = [...Object.keys(parameters), ...Object.keys(locals)];
  const indexOf = (name: string): number[] => {
    const index = names.indexOf(name);
    if (index < 0) throw new TypeError(`no local "${name}"`);
    return unsigned(index);
  };
  return {
    get: (name) => [0x20, ...indexOf(name)],
    set: (name, value) => [...value, 0x21, ...indexOf(name)],
  };
};

/** `\0asm`, version 1. */
const header: Code = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Of 64 KiB. With `most`, memory that several threads share and that never grows past it. */
export interface Pages {
  readonly least: number;
  readonly most?: number;
}

/** A module that imports `env.memory` and exports every function under its name. */
export const assemble = ({ least, most }: Pages, functions: readonly FunctionSource[]): Uint8Array<ArrayBuffer> => {
  const limits = most === undefined ? [0, ...unsigned(least)] : [3, ...unsigned(least), ...unsigned(most)];
  const types = functions.map(({ parameters, result }) => {
    const codes = Object.values(parameters).map((type) => [typeCode[type]]);
    return [0x60, ...vector(codes), ...vector(result === undefined ? [] : [[typeCode[result]]])];
  });
  const bodies = functions.map((source) => {
    const declared = Object.values(source.locals).map((type) => [1, typeCode[type]]);
    return sized([...vector(declared), ...source.body(localsOf(source)).flat(), 0x0b]);
  });
  return Uint8Array.from([
    ...header,
    ...section(1, types),
    ...section(2, [[...text('env'), ...text('memory'), 2, ...limits]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]),
    ),
    ...section(10, bodies),
  ]);
};
