/**
 * peer - a scripted SMTP server: the next hop of a test. Writes down what the client says.
 *
 * Behaviour: an object of verb -> reply (or a list of replies, one a time); what is not named is
 * accepted. `EHLO` is the list of keywords offered; `connect` the greeting.
 */
import net from 'node:net';

export async function startPeer(port, behaviour = {}, host = '127.0.0.1') {
  const sessions = [];
  const sockets = new Set();
  const counts = {};
  const pick = (verb, otherwise) => {
    const answer = behaviour[verb];
    if (answer === undefined) return otherwise;
    if (!Array.isArray(answer)) return answer;
    counts[verb] = (counts[verb] ?? 0) + 1;
    return answer[Math.min(counts[verb], answer.length) - 1];
  };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const heard = [];
    sessions.push(heard);
    let inContent = false;
    let contentLines = [];
    let rest = '';
    const say = (text) => {
      socket.write(`${text}\r\n`, 'latin1');
      if (/^[245]21 /.test(text) && text.startsWith('421')) socket.end();
    };
    socket.setEncoding('latin1');
    say(pick('connect', '220 peer.example ESMTP'));
    const line = (text) => {
      if (inContent) {
        if (text !== '.') {
          contentLines.push(text);
          return;
        }
        inContent = false;
        heard.push(`(content)\n${contentLines.join('\n')}`);
        contentLines = [];
        say(pick('.', '250 2.0.0 taken'));
        return;
      }
      heard.push(text);
      const verb = (/^[A-Za-z]+/.exec(text)?.[0] ?? '').toUpperCase();
      switch (verb) {
        case 'EHLO': {
          const offer = behaviour.offer ?? [
            'PIPELINING',
            'SIZE 10240000',
            '8BITMIME',
            'DSN',
            'ENHANCEDSTATUSCODES',
          ];
          const lines = ['peer.example', ...offer];
          if (behaviour.EHLO !== undefined) say(pick('EHLO'));
          else
            say(
              lines
                .map((word, at) => `250${at === lines.length - 1 ? ' ' : '-'}${word}`)
                .join('\r\n'),
            );
          return;
        }
        case 'DATA': {
          const reply = pick('DATA', '354 go on');
          inContent = reply.startsWith('354');
          say(reply);
          return;
        }
        case 'QUIT':
          say('221 2.0.0 bye');
          socket.end();
          return;
        default:
          say(pick(verb, '250 2.0.0 fine'));
      }
    };
    socket.on('data', (chunk) => {
      rest += chunk;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const text = rest.slice(0, end).replace(/\r$/, '');
        rest = rest.slice(end + 1);
        line(text);
      }
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    /** What was heard since the last call: an array of sessions. */
    take: () => sessions.splice(0),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
