/**
 * normalise - takes out of replies, log lines and messages what differs between any two runs:
 * queue ids, times, process ids, ports, directories. What remains is compared byte for byte.
 */

const months = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const days = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const clock = '\\d\\d:\\d\\d:\\d\\d';

const mailDate = new RegExp(
  `(?:${days}), [ \\d]\\d (?:${months}) \\d{4} ${clock} [-+]\\d{4}(?: \\([A-Z]+\\))?`,
  'g',
);
const ctimeDate = new RegExp(`(?:${days}) (?:${months}) [ \\d]\\d ${clock}(?: \\d{4})?`, 'g');
const shortDate = new RegExp(`(?:${months}) [ \\d]\\d ${clock}`, 'g');
const linePrefix = new RegExp(
  `^(?:(?:${months}) [ \\d]\\d ${clock}|\\d{4}-\\d\\d-\\d\\dT\\S+) \\S+ `,
);

/** A queue id, short or long, where one stands by its context. */
const idPlaces = [
  /queued as ([0-9A-Za-z]{6,})\b/g,
  /\bid ([0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,})\b(?=[;\s]|$)/g,
  /(?:^|\n)(?:[^\n]*?\]: |)([0-9A-F]{8,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{12,}): /g,
  /notification: ([0-9A-Za-z]{6,})\b/g,
  /forwarded as ([0-9A-Za-z]{6,})\b/g,
  /(?:Queue-ID: |message )([0-9A-F]{8,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{12,})\b/gi,
  /(?:^|\n)([0-9A-F]{8,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{12,})[*!#]? +\d+ /g,
  /"queue_id": "([^"]+)"/g,
  /queue_id\0([0-9A-Za-z]+)\0/g,
];

export class Normaliser {
  #ids = new Set();
  #replacements;

  /** @param {import('./servers.js').Instance} instance */
  constructor(instance) {
    this.#replacements = [
      [instance.directory, '$DIR'],
      [instance.base, '$BASE'],
    ];
    this.port = String(instance.port);
  }

  /** Notes the queue ids that stand in this text. */
  learn(text) {
    for (const place of idPlaces)
      for (const match of text.matchAll(place)) if (match[1]) this.#ids.add(match[1]);
  }

  text(input) {
    let text = input;
    this.learn(text);
    for (const [what, name] of this.#replacements) text = text.replaceAll(what, name);
    text = text.replace(/[0-9A-Za-z]{6,}/g, (word) => (this.#ids.has(word) ? 'QID' : word));
    return (
      text
        .replace(/\b\d{14}\.QID@/g, 'TIME.QID@')
        .replace(/QID\.\d{10}\//g, 'QID.TIME/')
        .replace(/tmp\/\d{9,}\.P\d+(?:Q\d+)?\.[\w.-]+?(?=[:\s])/g, 'tmp/TIME.P.HOST')
        // mailq pads the id, whose length is each system's own
        .replace(/^QID([*!#]?) +(?=\d+ )/gm, 'QID$1 ')
        .replace(mailDate, 'DATE')
        .replace(/^(QID[*!#]? )\d+( .*MAILER-DAEMON)$/gm, '$1N$2')
        .replace(ctimeDate, 'CTIME')
        .replace(shortDate, 'TIME')
        .replaceAll(`:${this.port}`, ':PORT')
    );
  }

  /** One line of the mail log, without its date, host and process id. */
  logLine(line) {
    return (
      this.text(line.replace(linePrefix, ''))
        .replace(/^([\w./-]+)\[\d+\]: /, '$1: ')
        .replace(/delay=[\d.]+, delays=[\d./]+/, 'delay=D, delays=D/D/D/D')
        .replace(/(\w+\[[\d.:a-f]+\]):\d{5}\b/g, '$1:PORT')
        .replace(/\bpid[ =]\d+/g, 'pid N')
        .replace(/conn_use=\d+, /, '')
        // Notifications have each system's own sentences, and so a size of their own.
        .replace(/(from=<(?:double-bounce@[^>]*|twice@[^>]*|)>, )size=\d+/, '$1size=N')
    );
  }
}

/** Lines of a log that belong to the story; housekeeping of either system is not compared. */
export function isStory(line) {
  return (
    line !== '' &&
    !/postfix\/(?:postlog|postfix-script|master|anvil|postlogd|scache)\b/.test(line) &&
    !/: statistics: /.test(line)
  );
}
