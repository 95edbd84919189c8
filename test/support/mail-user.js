/** mail-user - an account of this machine to deliver to: made by root for the time of a test, or oneself. */
import { existsSync, rmSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import { run } from './servers.js';

/** @returns {Promise<{ name: string, home: string, remove(): Promise<void> }>} */
export async function mailUser(name) {
  if (process.getuid() !== 0) {
    const { username, homedir } = os.userInfo();
    if (existsSync(`${homedir}/Maildir`))
      throw new Error(`${homedir}/Maildir exists: run this as root, or as a user without mail`);
    return {
      name: username,
      home: homedir,
      remove: async () => rmSync(`${homedir}/Maildir`, { recursive: true, force: true }),
    };
  }
  await run('/usr/sbin/userdel', ['-r', name]);
  const made = await run('/usr/sbin/useradd', ['-m', '-s', '/bin/sh', name]);
  if (made.status !== 0) throw new Error(`useradd ${name}: ${made.stderr}`);
  return {
    name,
    home: `/home/${name}`,
    remove: async () => void (await run('/usr/sbin/userdel', ['-r', name])),
  };
}
