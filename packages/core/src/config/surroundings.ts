/** What the program stands in. The command line gives it once; nothing in core looks at the process by itself. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly hostname: string;
  /** Numeric id of the user; undefined where there is none (Windows). */
  readonly userId: number | undefined;
}

/** An environment variable that is there and not empty. */
export const readVariable = ({ env }: Surroundings, name: string): string | undefined => env[name] || undefined;
