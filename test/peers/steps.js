/** steps - what rows have in common: a message is sent, something is awaited, a claim must hold. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { content, speak } from '../support/dialogue.js';

export function expect(isTrue, text) {
  if (!isTrue) throw new Error(text);
}

/** Asks `look` until it gives something; its last word is in the error. */
export async function until(look, explain, seconds = 20) {
  for (let waited = 0; waited < seconds * 20; waited += 1) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    await sleep(50);
  }
  throw new Error(typeof explain === 'function' ? explain() : explain);
}

/** Texts of the messages in the `new` of a Maildir. */
export function messagesIn(maildir) {
  const directory = path.join(maildir, 'new');
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.map((name) => readFileSync(path.join(directory, name), 'latin1'));
}

/** The messages of a Maildir, when there are `count` of them. */
export async function arrived(maildir, count = 1, seconds = 20) {
  return until(
    () => (messagesIn(maildir).length >= count ? messagesIn(maildir) : undefined),
    () => `${messagesIn(maildir).length} of ${count} messages in ${maildir}/new`,
    seconds,
  );
}

/** Sends by SMTP; every recipient must be taken. */
export async function send(instance, { from = 'kenji@example.test', to, text, port }) {
  const recipients = Array.isArray(to) ? to : [to];
  const transcript = await speak(port ?? instance.port, [
    'EHLO client.example',
    `MAIL FROM:<${from}>`,
    ...recipients.map((recipient) => `RCPT TO:<${recipient}>`),
    'DATA',
    content(text ?? 'From: kenji@example.test\nSubject: hello\n\nhello\n'),
    'QUIT',
  ]);
  const answer = transcript.at(-2).replies[0];
  expect(answer.startsWith('250 2.0.0 Ok: queued as '), JSON.stringify(transcript));
  return answer.split(' ').at(-1);
}

/** The first line of the log that matches. */
export async function logged(instance, pattern, seconds = 20) {
  return until(
    () =>
      instance
        .log()
        .split('\n')
        .find((line) => pattern.test(line)),
    () => `no line like ${pattern} in the log`,
    seconds,
  );
}
