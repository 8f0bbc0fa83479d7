import type { Notification } from '../ports/notifier.port.js';

/** Longest that a name stands in a message, in characters; the rest is cut off. */
const NAME_CHARACTERS = 64;

/** Line ends, controls, and what turns the direction of writing around. */
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\s]+/gu;

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** A notification as a letter. The code is not in its subject, which locked phones show. */
export function mailTextOf(notification: Notification): MailText {
  const app = shown(notification.appName);
  return {
    subject: `Recovery code for ${app}`,
    text: [
      `Somebody, hopefully you, asked to recover the account "${shown(notification.username)}" of ${app}.`,
      `The code is: ${notification.code}`,
      `It works once, within ${duration(notification.validSeconds)}. Give it to nobody: whoever has it can take the account over.`,
      'If you did not ask for it, there is nothing to do: without the code nothing changes.',
      '',
    ].join('\n\n'),
  };
}

/** A notification as a text message. */
export function smsTextOf(notification: Notification): string {
  const [app, username] = [shown(notification.appName), shown(notification.username)];
  const { code, validSeconds } = notification;
  return `${app}: ${code} is the code to recover the account "${username}", within ${duration(validSeconds)}. Give it to nobody. If you did not ask for it, there is nothing to do.`;
}

/** A name that somebody chose, on one line and not for long: nobody writes our letters for us. */
function shown(name: string): string {
  const characters = Array.from(name.toWellFormed().replaceAll(UNSHOWABLE, ' ').trim());
  if (characters.length <= NAME_CHARACTERS) return characters.join('');
  return `${characters.slice(0, NAME_CHARACTERS).join('')}…`;
}

/** Never more than there is. */
function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} seconds` : `${Math.floor(seconds / 60)} minutes`;
}
