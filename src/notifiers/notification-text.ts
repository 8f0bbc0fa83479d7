import type { Notification } from '../ports/notifier.port.js';

/** A notification as a person reads it. */
export interface NotificationText {
  readonly subject: string;
  readonly body: string;
}

const LINE_BREAKS = /[\r\n\u2028\u2029]+/g;

/** In plain words, and in plain text: what a stranger has chosen stays within its line. */
export function textOf({ appName, username, code, validSeconds }: Notification): NotificationText {
  const [app, name] = [oneLine(appName), oneLine(username)];
  const minutes = Math.max(1, Math.floor(validSeconds / 60));
  return {
    subject: `Your recovery code for ${app}`,
    body: [
      `Somebody asked to recover the account ${name} of ${app}.`,
      '',
      `The code is ${code}. It is good for ${minutes} minutes and works once.`,
      '',
      'If that was not you, do nothing: without the code nothing changes.',
      '',
    ].join('\n'),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(LINE_BREAKS, ' ');
}
