export interface CalendarEvent {
  readonly type: 'event';
  readonly id: string;
  readonly title: string | undefined;
  readonly status: 'confirmed' | 'tentative' | 'cancelled' | undefined;
  readonly calendar: string | undefined;
  readonly account: string | undefined;
  readonly allDay: boolean;
  /** Where `floating` or `allDay`, the wall clock read as UTC. */
  readonly start: Date | undefined;
  readonly end: Date | undefined;
  /** IANA name; absent for a floating or an all-day event. */
  readonly timeZone: string | undefined;
  readonly floating: boolean;
  readonly location: string | undefined;
  readonly notes: string | undefined;
  readonly url: string | undefined;
  readonly organizer: Attendee | undefined;
  readonly attendees: readonly Attendee[];
  readonly recurrence: readonly Recurrence[];
  /** Occurrences that do not take place. */
  readonly exceptions: readonly Date[];
  /** Set on a changed occurrence: when it would have taken place, and of which event. */
  readonly replaces: { readonly event: string; readonly at: Date } | undefined;
  readonly alarms: readonly Alarm[];
  readonly created: Date | undefined;
  readonly modified: Date | undefined;
}

export interface Attendee {
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly answer: 'none' | 'accepted' | 'declined' | 'maybe';
}

export interface Recurrence {
  readonly every: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
  readonly interval: number;
  readonly count: number | undefined;
  readonly until: Date | undefined;
  /** The rest of an RRULE, e.g. `BYDAY=MO,WE`. */
  readonly by: readonly string[];
}

/** Seconds before (negative) or after the start, or an instant. */
export type Alarm = { readonly offsetSeconds: number } | { readonly at: Date };

export interface Reminder {
  readonly type: 'reminder';
  readonly id: string;
  readonly title: string | undefined;
  readonly notes: string | undefined;
  readonly list: string | undefined;
  readonly completed: boolean;
  readonly completedAt: Date | undefined;
  readonly flagged: boolean;
  /** 1 high, 5 medium, 9 low, 0 none, as iCalendar counts. */
  readonly priority: number;
  readonly due: Date | undefined;
  readonly dueAllDay: boolean;
  /** The reminder that it is a sub-task of, and the title of that. */
  readonly parent: string | undefined;
  readonly parentTitle: string | undefined;
  readonly tags: readonly string[];
  /** How often is not known. */
  readonly repeats: boolean;
  readonly deleted: boolean;
  readonly created: Date | undefined;
  readonly modified: Date | undefined;
}
