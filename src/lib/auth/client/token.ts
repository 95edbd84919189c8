/**
 * client/token - the access token of XOAUTH2, asked for anew at each login from a program or a file.
 *
 * In smtp_sasl_password_maps, instead of a password: `user:{xoauth2 command=/path/program argument...}` or
 * `user:{xoauth2 file=/path}`. The program is run without a shell, as the user that the mail system runs as.
 */
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

export type TokenSource =
  | { readonly is: 'command'; readonly program: string; readonly args: readonly string[] }
  | { readonly is: 'file'; readonly path: string };

const commandWaitMs = 30_000;
const maxToken = 16 * 1024; // bytes; tokens of the great providers have some 2 KiB

/** Undefined: a password like any other. A text: what is wrong. */
export function parseTokenSource(secret: string): TokenSource | string | undefined {
  if (!/^\{\s*xoauth2\b/.test(secret)) return undefined;
  const match = /^\{\s*xoauth2\s+(command|file)=(\/.*?)\s*\}$/s.exec(secret);
  if (!match) return 'write {xoauth2 command=/path/program argument} or {xoauth2 file=/path}';
  const [, kind, text = ''] = match;
  if (kind === 'file') return { is: 'file', path: text };
  const [program = '', ...args] = text.split(/\s+/);
  return { is: 'command', program, args };
}

/** @throws {Error} no token: the program failed, or the file has none */
export async function readToken(source: TokenSource): Promise<string> {
  const text = source.is === 'file' ? readTokenFile(source.path) : await run(source);
  const token = text.trim();
  // RFC 6750 section 2.1: what else came is a message for people, and must not become part of the login.
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) throw new Error('what it gave is no token');
  return token;
}

function readTokenFile(path: string): string {
  const found = statSync(path);
  if (!found.isFile() || found.size > maxToken) throw new Error('no regular file, or too large');
  return readFileSync(path, 'latin1');
}

function run({ program, args }: Extract<TokenSource, { is: 'command' }>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { timeout: commandWaitMs, killSignal: 'SIGKILL', maxBuffer: maxToken, encoding: 'latin1' },
      (error, output) => {
        if (error) reject(new Error(`${program} failed`, { cause: error }));
        else resolve(output);
      },
    );
    child.stdin?.end();
  });
}
