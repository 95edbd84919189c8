/**
 * dialogue - speaks a list of SMTP steps with a server and writes down what came back.
 *
 * A step is:
 *   'EHLO x'              one line, one reply awaited
 *   ['MAIL …', 'RCPT …']  the lines in one write, a reply for each awaited
 *   content('text')       message content and the final dot, one reply awaited
 *   raw('bytes', n)       bytes as they are (latin1), n replies awaited
 *   hangUp()              closes without QUIT
 *   from('127.0.0.2')     (first step only) the client's address
 *   quiet(ms)             says nothing for so long, and notes what comes
 */
import net from 'node:net';

const replyLimit = 15_000; // milliseconds; longer than any error delay of a dialogue

export const content = (text) => ({ is: 'content', text });
export const raw = (bytes, replies = 1) => ({ is: 'raw', bytes, replies });
export const hangUp = () => ({ is: 'hangUp' });
export const from = (address) => ({ is: 'from', address });
export const quiet = (milliseconds, replies = 1) => ({ is: 'quiet', milliseconds, replies });

/** What one step sends, how it is called in a report, and how many replies it waits for. */
function plan(step) {
  if (typeof step === 'string') return { bytes: `${step}\r\n`, label: step, replies: 1 };
  if (Array.isArray(step))
    return {
      bytes: step.map((line) => `${line}\r\n`).join(''),
      label: step.join(' | '),
      replies: step.length,
    };
  switch (step.is) {
    case 'content':
      return {
        bytes: `${step.text.replace(/\r?\n/g, '\r\n')}${step.text === '' || step.text.endsWith('\n') ? '' : '\r\n'}.\r\n`,
        label: `(content) ${JSON.stringify(step.text.slice(0, 60))}`,
        replies: 1,
      };
    case 'raw':
      return {
        bytes: step.bytes,
        label: `(raw) ${JSON.stringify(step.bytes.slice(0, 70))}`,
        replies: step.replies,
      };
    case 'quiet':
      return { bytes: '', label: '(silence)', replies: step.replies, limit: step.milliseconds };
    case 'hangUp':
      return { bytes: undefined, label: '(client closes)', replies: 0 };
    default:
      throw new Error(`unknown step ${JSON.stringify(step)}`);
  }
}

/**
 * @returns {Promise<{ label: string, replies: string[] }[]>} a row for the greeting and each step;
 *   a reply is its lines joined by \n; '(closed)' where the server hung up
 */
export async function speak(port, steps, options = {}) {
  const rest = [...steps];
  let localAddress = '127.0.0.1';
  if (rest[0]?.is === 'from') localAddress = rest.shift().address;
  const host = options.host ?? (localAddress.includes(':') ? '::1' : '127.0.0.1');
  const socket = net.connect({ port, host, localAddress, noDelay: true });
  const replies = [];
  let buffered = '';
  let lines = [];
  let closed = false;
  let wake = () => undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    buffered += chunk;
    for (let end = buffered.indexOf('\n'); end >= 0; end = buffered.indexOf('\n')) {
      const line = buffered.slice(0, end + 1).replace(/\r\n$/, '');
      buffered = buffered.slice(end + 1);
      lines.push(line);
      if (!/^\d{3}-/.test(line)) {
        replies.push(lines.join('\n'));
        lines = [];
      }
    }
    wake();
  });
  const onEnd = () => {
    closed = true;
    wake();
  };
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  socket.on('error', onEnd);

  const take = async (count, limit) => {
    const deadline = Date.now() + limit;
    while (replies.length < count && !closed && Date.now() < deadline) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const got = replies.splice(0, count);
    if (got.length < count) got.push(closed ? '(closed)' : '(no reply)');
    return got;
  };

  const transcript = [];
  const first = rest[0];
  const early = first?.is === 'raw' && first.early === true;
  if (!early)
    transcript.push({
      label: '(greeting)',
      replies: await take(1, options.greetingLimit ?? 6_000),
    });
  if (transcript[0]?.replies[0] === '(no reply)') {
    socket.destroy();
    return transcript;
  }
  for (const step of rest) {
    const { bytes, label, replies: count, limit } = plan(step);
    // A dialogue that is ready for a refused DATA hangs up when DATA is taken after all.
    if (step === 'QUIT' && transcript.at(-1)?.replies.at(-1)?.startsWith('354')) {
      socket.end();
      break;
    }
    if (bytes === undefined) {
      socket.end();
      break;
    }
    if (closed) {
      transcript.push({ label, replies: ['(closed)'] });
      break;
    }
    socket.write(Buffer.from(bytes, 'latin1'));
    transcript.push({ label, replies: await take(count, limit ?? replyLimit) });
  }
  // Replies that nobody asked for count, too.
  if (!closed && !socket.writableEnded) {
    const quit = rest.at(-1) === 'QUIT';
    if (quit) await take(1, 300).then((more) => more.length > 0 && note(transcript, more));
    socket.end();
  } else if (replies.length > 0) note(transcript, replies.splice(0));
  await new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    const timer = setTimeout(() => {
      socket.destroy();
      resolve();
    }, 500);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return transcript;
}

function note(transcript, more) {
  const real = more.filter((reply) => reply !== '(closed)');
  const still = more.includes('(no reply)');
  if (still) transcript.push({ label: '(after QUIT)', replies: ['(connection stays open)'] });
  else if (real.length > 0) transcript.push({ label: '(unasked)', replies: real });
}
