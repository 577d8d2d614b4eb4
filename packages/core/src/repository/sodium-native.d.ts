/** The part of sodium-native that is used here; the package ships no types. Views may stand on shared memory. */
declare module 'sodium-native' {
  export interface Sodium {
    /** Poly1305 of `message` under the one-time `key` (32 bytes, `r || s`) into `out` (16 bytes). */
    crypto_onetimeauth(out: Uint8Array, message: Uint8Array, key: Uint8Array): void;
  }
}
