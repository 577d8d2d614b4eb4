export interface Labelled<T = string> {
  /** As a person reads it, e.g. `home`; empty when there is none. */
  readonly label: string;
  readonly value: T;
}

export interface PostalAddress {
  readonly street: string;
  readonly subLocality: string;
  readonly city: string;
  readonly subAdministrativeArea: string;
  readonly state: string;
  readonly postcode: string;
  readonly country: string;
}

export interface Contact {
  readonly id: string;
  /** What a list would show. */
  readonly name: string;
  readonly kind: 'person' | 'company';
  readonly given: string | undefined;
  readonly family: string | undefined;
  readonly middle: string | undefined;
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
  readonly nickname: string | undefined;
  /** The family name before a marriage. */
  readonly formerFamily: string | undefined;
  readonly phoneticGiven: string | undefined;
  readonly phoneticMiddle: string | undefined;
  readonly phoneticFamily: string | undefined;
  readonly organization: string | undefined;
  readonly phoneticOrganization: string | undefined;
  readonly department: string | undefined;
  readonly jobTitle: string | undefined;
  readonly note: string | undefined;
  /** `YYYY-MM-DD`, or `--MM-DD` when the year is not known. */
  readonly birthday: string | undefined;
  readonly phones: readonly Labelled[];
  readonly emails: readonly Labelled[];
  readonly urls: readonly Labelled[];
  readonly addresses: readonly Labelled<PostalAddress>[];
  readonly related: readonly Labelled[];
  /** Days as in `birthday`. */
  readonly dates: readonly Labelled[];
  readonly instantMessages: readonly Labelled<{ readonly service: string; readonly user: string }>[];
  readonly profiles: readonly Labelled<{ readonly service: string; readonly user: string; readonly url: string }>[];
  readonly groups: readonly string[];
  readonly account: string | undefined;
  /** Contacts of several accounts that the phone shows as one share this. */
  readonly linked: string | undefined;
  readonly photo: Uint8Array | undefined;
  readonly created: Date | undefined;
  readonly modified: Date | undefined;
}
