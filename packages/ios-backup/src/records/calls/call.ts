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
  readonly name: string | undefined;
  /** Everybody in a call of more than two. */
  readonly participants: readonly string[];
  readonly provider: string | undefined;
  readonly location: string | undefined;
  readonly country: string | undefined;
}
