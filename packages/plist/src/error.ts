/** Bytes that are no property list or break a limit, or a value that a property list cannot hold. The message is lower case, without a full stop. */
export class PlistError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PlistError';
  }
}
