/** messages - what the groups build their cases of. */
import { content } from '../../support/dialogue.js';

export const hello = 'EHLO client.example';
export const mail = 'MAIL FROM:<a@sender.example>';
export const to = (...names) => names.map((name) => `RCPT TO:<${name}>`);

/** A whole SMTP session with one message. */
export const send = (recipients, text, sender = mail, more = []) => ({
  smtp: [...more, hello, sender, ...to(...recipients), 'DATA', content(text), 'QUIT'],
});

/** As send, with RCPT (and MAIL) lines as they are. */
export const sendLines = (recipients, text, sender = mail) => ({
  smtp: [hello, sender, ...recipients, 'DATA', content(text), 'QUIT'],
});

export const plain =
  'From: a@sender.example\nTo: oyaji@example.test\nSubject: plain\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-Id: <one@sender.example>\n\nhello\n';

/** The sender that hears of trouble: mail for it comes into a Maildir. */
export const fromUser = 'MAIL FROM:<oyaji@example.test>';
