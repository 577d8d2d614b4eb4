export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Detaches `buffer` and puts a longer one in its place. */
  grow(pages: number): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
}

/** Undefined under `node --jitless`. TypeScript declares it for browsers only. */
const webAssembly = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;

export interface WasmInstance {
  readonly memory: WasmMemory;
  readonly exports: object;
}

/**
 * An instance of a module that imports `env.memory`, with one page of it. Undefined where that cannot be had: in an engine without a
 * compiler, or under a limit on address space, of which each memory reserves gigabytes.
 */
export const instantiate = (assemble: () => Uint8Array<ArrayBuffer>): WasmInstance | undefined => {
  if (webAssembly === undefined) return undefined;
  try {
    const memory = new webAssembly.Memory({ initial: 1 });
    const { exports } = new webAssembly.Instance(new webAssembly.Module(assemble()), { env: { memory } });
    return { memory, exports };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
