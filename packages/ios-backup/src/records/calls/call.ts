export interface Call {
  readonly id: string;
  readonly at: Date | undefined;
  readonly durationSeconds: number | undefined;
  readonly direction: 'in' | 'out';
  readonly answered: boolean;
  readonly missed: boolean;
  readonly kind: string;
  /** Number or address of the other side. */
  readonly handle: string | undefined;
  /** As the list of calls or the address book has it. */
  readonly name: string | undefined;
  /** Everybody in a call of more than two, by number or address. */
  readonly participants: readonly string[];
  /** What each of the participants is called: the name where it is known. */
  readonly participantNames: readonly string[];
  readonly provider: string | undefined;
  readonly location: string | undefined;
  readonly country: string | undefined;
}
