/** testing/mailbox - messages and limits for tests of mailboxes, and a directory of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { MailboxLimits, MailboxMessage } from '../lib/ipc/conversation/mailbox.js';

export const testLimits: MailboxLimits = {
  sizeLimit: 0,
  lockMethods: ['fcntl', 'dotlock'],
  lockAttempts: 2,
  lockDelayMs: 10,
  staleLockMs: 60_000,
  problemDsn: '5.2.0',
  ownerOnly: true,
  anyFile: false,
};

export function inlineMessage(text: string, prefix = 'Return-Path: <a@b>\n'): MailboxMessage {
  const inline = Buffer.from(text, 'latin1');
  return { ...streamedMessage([text], prefix), inline };
}

export function streamedMessage(
  chunks: readonly (string | Error)[],
  prefix = 'Return-Path: <a@b>\n',
): MailboxMessage {
  const size = chunks.reduce(
    (sum, chunk) => sum + (typeof chunk === 'string' ? chunk.length : 0),
    0,
  );
  return {
    queueId: 'TEST',
    prefix,
    size,
    async *content() {
      for (const chunk of chunks) {
        if (typeof chunk !== 'string') throw chunk;
        yield Buffer.from(chunk, 'latin1');
      }
    },
  };
}

/** Gone when the test is over. */
export function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'hikyaku-test-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
