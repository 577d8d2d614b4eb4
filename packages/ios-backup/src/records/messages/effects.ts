const effects: Readonly<Record<string, string>> = {
  'com.apple.MobileSMS.expressivesend.impact': 'Slam',
  'com.apple.MobileSMS.expressivesend.loud': 'Loud',
  'com.apple.MobileSMS.expressivesend.gentle': 'Gentle',
  'com.apple.MobileSMS.expressivesend.invisibleink': 'Invisible ink',
  'com.apple.messages.effect.CKConfettiEffect': 'Confetti',
  'com.apple.messages.effect.CKEchoEffect': 'Echo',
  'com.apple.messages.effect.CKFireworksEffect': 'Fireworks',
  'com.apple.messages.effect.CKHappyBirthdayEffect': 'Balloons',
  'com.apple.messages.effect.CKHeartEffect': 'Heart',
  'com.apple.messages.effect.CKLasersEffect': 'Lasers',
  'com.apple.messages.effect.CKShootingStarEffect': 'Shooting star',
  'com.apple.messages.effect.CKSparklesEffect': 'Sparkles',
  'com.apple.messages.effect.CKSpotlightEffect': 'Spotlight',
};

/** The effect that a message was sent with, as Messages calls it; an unknown one by its identifier. */
export const effectName = (style: string | undefined): string | undefined =>
  style === undefined ? undefined : (effects[style] ?? style);

/** What `associated_message_type` 2000 to 2005 stand for; 3000 to 3005 take it back. */
const tapbacks = ['❤️', '👍', '👎', '😂', '‼️', '❓'] as const;

export interface Tapback {
  readonly what: string;
  readonly removed: boolean;
}

/** 2006 and 2007 are any emoji and a sticker, since iOS 18. `undefined` when the number is no tapback. */
export const tapback = (type: number, emoji: string | undefined): Tapback | undefined => {
  const removed = type >= 3000;
  const number = type - (removed ? 3000 : 2000);
  if (number < 0 || number > 999) return undefined;
  if (number === 6) return { what: emoji ?? 'emoji', removed };
  if (number === 7) return { what: 'sticker', removed };
  return { what: tapbacks[number] ?? `reaction ${type}`, removed };
};

/** The guid inside `p:0/GUID` (a part of a message) or `bp:GUID` (an app's balloon). */
export const targetGuid = (associated: string): string => associated.replace(/^(p:\d+\/|bp:)/, '');

/** `item_type` and `group_action_type` in words; `undefined` for an ordinary message. */
export const eventWords = (
  item: number,
  action: number,
  who: { readonly other: string; readonly title: string | undefined },
): string | undefined => {
  if (item === 0) return undefined;
  if (item === 1)
    return action === 1 ? `removed ${who.other} from the conversation` : `added ${who.other} to the conversation`;
  if (item === 2)
    return who.title === undefined ? 'removed the name of the conversation' : `named the conversation “${who.title}”`;
  if (item === 3)
    return (
      ['left the conversation', 'changed the group photo', 'removed the group photo'][action] ?? 'changed the group'
    );
  if (item === 4) return action === 1 ? 'stopped sharing location' : 'started sharing location';
  if (item === 5) return 'kept an audio message';
  return `did something this program has no words for (kind ${item})`;
};

const apps: Readonly<Record<string, string>> = {
  'com.apple.DigitalTouchBalloonProvider': 'Digital Touch',
  'com.apple.Handwriting.HandwritingProvider': 'Handwriting',
  'com.apple.messages.URLBalloonProvider': 'Link',
};

/** An app's name from `balloon_bundle_id`; extensions carry their bundle identifier after the last colon. */
export const appName = (bundle: string): string => apps[bundle] ?? bundle.slice(bundle.lastIndexOf(':') + 1);
