/** qmqpd/sender - qmail's way to ask for VERP: `list-@host-@[]` is sent by `list-user=domain@host`; pure. */

export interface QmailSender {
  readonly sender: string;
  /** Delimiters of VERP: the last character before the `@`, and `=`, as ezmlm expects it. */
  readonly verp?: string;
}

export function qmailSender(text: string): QmailSender {
  const match = /^([^@]+)([^@])@(.+)-@\[\]$/su.exec(text);
  const [, local, delimiter, domain] = match ?? [];
  if (local === undefined || delimiter === undefined || domain === undefined)
    return { sender: text };
  return { sender: `${local}@${domain}`, verp: `${delimiter}=` };
}
