export interface WasmMemory {
  /** A `SharedArrayBuffer` when it is shared. */
  readonly buffer: ArrayBuffer;
  /** Detaches `buffer` and puts a longer one in its place. */
  grow(pages: number): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum?: number;
    readonly shared?: boolean;
  }) => WasmMemory;
}

/** Undefined under `node --jitless`. TypeScript declares it for browsers only. */
const webAssembly = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;

export interface WasmInstance {
  readonly memory: WasmMemory;
  readonly exports: object;
}

type Assemble = () => Uint8Array<ArrayBuffer>;

/**
 * Compiled once and never let go: V8 shares the machine code of one module between all threads that have it, and has been seen to crash
 * where threads that come and go make and free such code again and again (nodejs/node#64500).
 */
const compiled = new Map<Assemble, object>();

/** Takes over what another thread has compiled. */
export const adopt = (assemble: Assemble, module: object): void => {
  if (!compiled.has(assemble)) compiled.set(assemble, module);
};

/** The compiled module, or `undefined` where there is no compiler. A thread that starts others calls it first. */
export const compile = (assemble: Assemble): object | undefined => {
  if (webAssembly === undefined) return undefined;
  let module = compiled.get(assemble);
  if (module === undefined) compiled.set(assemble, (module = new webAssembly.Module(assemble())));
  return module;
};

/** Memory of so many pages that can be handed to another thread. Undefined where it cannot be had. */
export const sharedMemory = (pages: number): WasmMemory | undefined => {
  try {
    return webAssembly && new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/**
 * An instance of a module that imports `env.memory`: what is given, or one page of its own. Undefined where that cannot be had: in an engine
 * without a compiler, or under a limit on address space, of which each memory reserves gigabytes.
 */
export const instantiate = (assemble: Assemble, given?: WasmMemory): WasmInstance | undefined => {
  if (webAssembly === undefined) return undefined;
  try {
    const memory = given ?? new webAssembly.Memory({ initial: 1 });
    const module = compile(assemble);
    if (module === undefined) return undefined;
    const { exports } = new webAssembly.Instance(module, { env: { memory } });
    return { memory, exports };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
