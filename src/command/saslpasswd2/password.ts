/** saslpasswd2/password - asks for a password: twice and without echo on a terminal, else one from standard input. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { FatalError } from '../../lib/util/fatal-error.js';

const longest = 4096; // bytes

/** @param isPipe -p: do not ask @throws {FatalError} none, too long, or two that differ */
export async function readPassword(isPipe: boolean): Promise<string> {
  const password =
    isPipe || !process.stdin.isTTY
      ? (readFileSync(0, 'utf8').split(/\r?\n/, 1)[0] ?? '')
      : await askTwice();
  if (password === '') throw new FatalError('the password is empty', 1);
  if (Buffer.byteLength(password) > longest || password.includes('\0'))
    throw new FatalError(`the password is longer than ${longest} bytes, or has a NUL`, 1);
  return password;
}

async function askTwice(): Promise<string> {
  const first = await ask('Password: ');
  const again = await ask('Again (for verification): ');
  if (first !== again) throw new FatalError("passwords don't match; aborted", 1);
  return first;
}

/** One line from the terminal, unseen; control-C ends the program, as it would otherwise. */
function ask(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let line = '';
    const end = (): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    const take = (text: string): void => {
      for (let index = 0; index < text.length; index += 1) {
        const char = text.charAt(index);
        if (char === '\r' || char === '\n') {
          const rest = text.slice(index + 1);
          end();
          if (rest !== '') stdin.unshift(rest); // pasted with the second line behind it
          resolve(line);
          return;
        }
        if (char === '\u0003' || char === '\u0004') {
          end();
          reject(new FatalError('aborted', 1));
          return;
        }
        // Of a character beyond the first plane both halves go.
        if (char === '\u007f' || char === '\b') line = line.replace(/.$/su, '');
        else if (char === '\u0015') line = '';
        else if (line.length < longest) line += char;
      }
    };
    stdin.on('data', take);
  });
}
