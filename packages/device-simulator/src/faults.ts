/** What goes wrong, once or until the plan is changed. Everything is off by default. */
export interface FaultPlan {
  /** mobilebackup2: cut after so many bytes that the phone sent (TLS not counted). */
  dropAfterBytes?: number;
  /** mobilebackup2: cut after so many uploaded files, between two of them. */
  dropAfterFiles?: number;
  /** mobilebackup2: silence before the first upload, until this is over. */
  silence?: () => Promise<void>;
  /** mobilebackup2: in the middle of the file after so many, nothing more is said, and the connection stays. */
  stallAfterFiles?: number;
  /** AFC: after so many answers nothing more is said, and the connection stays. */
  stallAfterAnswers?: number;
  /** The heartbeat stops after so many beats, and its connection stays. */
  heartbeats?: number;
  /** Everything that the phone sends, in pieces of so many bytes. */
  segmentBytes?: number;
  /** Size of a block of content in an upload; 256 KiB by default. */
  frameBytes?: number;
  /** The lock of the sync is taken so often before it is free. */
  lockBusy?: number;
  /** The final answer to a request, instead of what happened. */
  errorCode?: number;
  /** Content paths (`domain-relativePath`) that fail with an I/O error in the middle. */
  failFiles?: readonly string[];
  /** One more file is uploaded under this path. */
  hostileUpload?: string;
  /** The phone asks for this path before anything else. */
  hostileDownload?: string;
  /** Moves this path into its backup. */
  hostileMove?: string;
  /** The batch total and the free-space need are this instead of the truth. */
  announcedBytes?: number;
  /** A message of DeviceLink that is a property list which grows without end when it is walked. */
  plistBomb?: boolean;
  /** A message with a length of almost 4 GiB. */
  endlessMessage?: boolean;
  /** With too little room the phone asks the computer to make some, as new ones do; Debian's client hangs on that. */
  purge?: boolean;
  /** SnapshotState of the last Status.plist. */
  lastState?: string;
  /** The passcode is asked for: entered once this is over, refused, or never entered (208 at once). */
  passcode?: { readonly entered: () => Promise<unknown> } | 'denied' | 'timeout';
  /** The person taps Cancel on the phone after so many uploaded files, or before the first file of a restore. */
  cancelAfterFiles?: number;
}
