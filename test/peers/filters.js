/** filters - clamd with clamsmtp as the guide has it, amavisd-new behind the queue and before it. */
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { content, speak } from '../support/dialogue.js';
import { accountId, waitForPort } from '../support/servers.js';
import { startDaemon, stopDaemon } from './daemon.js';
import { arrived, expect, logged, messagesIn, send, until } from './steps.js';

/** In two pieces, so that a scanner lets this file alone. */
const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*\n'].join(
  '',
);
const letter = (subject, body) =>
  `From: Kenji <kenji@example.test>\nTo: hanako@example.test\nSubject: ${subject}\n` +
  `Message-Id: <${subject}@example.test>\nDate: Tue, 24 Nov 2026 09:05:04 +0000\n\n${body}`;

function emptied(base) {
  const maildir = path.join(base, 'home/hanako/Maildir');
  rmSync(maildir, { recursive: true, force: true });
  return maildir;
}

function fresh(base, name) {
  const directory = path.join(base, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o755 });
  return directory;
}

/** clamd with a signature of EICAR alone; gives the path of its socket. */
async function startClamd(base) {
  const directory = fresh(base, 'clamd');
  mkdirSync(path.join(directory, 'db'));
  const socket = path.join(directory, 'socket');
  writeFileSync(
    path.join(directory, 'db/test.ndb'),
    `Eicar-Test-Signature:0:0:${Buffer.from(eicar.trimEnd(), 'latin1').toString('hex')}\n`,
  );
  const file = path.join(directory, 'clamd.conf');
  writeFileSync(
    file,
    `LocalSocket ${socket}\nLocalSocketMode 666\nDatabaseDirectory ${directory}/db\nScanMail yes\nForeground yes\n`,
  );
  const daemon = startDaemon('/usr/sbin/clamd', ['-F', '-c', file]);
  await until(
    () => existsSync(socket),
    () => `clamd: ${daemon.text}`,
    40,
  );
  return { socket, daemon };
}

/** The port of each: where clamsmtp listens, and `smtp-backdoor`, where it gives mail back. */
const scannerPort = 10026;
const backdoorPort = 10025;

async function startClamsmtp(base, socket) {
  const directory = fresh(base, 'clamsmtp');
  const file = path.join(directory, 'clamsmtpd.conf');
  writeFileSync(
    file,
    `OutAddress: 127.0.0.1:${backdoorPort}\nListen: 127.0.0.1:${scannerPort}\nClamAddress: ${socket}\n` +
      `TempDirectory: ${directory}\nHeader: X-AV-Checked: ClamAV using ClamSMTP\n`,
  );
  const daemon = startDaemon('/usr/sbin/clamsmtpd', ['-d', '3', '-f', file]);
  await waitForPort(scannerPort, 10_000, () => daemon.text);
  return daemon;
}

/** The guide's own line of master.cf. */
const guideLine = 'localhost:smtp-backdoor inet n - n - - smtpd -o content_filter=\n';

async function guideScanner({ instance, base }) {
  if (!/^smtp-backdoor\b/m.test(readFileSync('/etc/services', 'latin1')))
    appendFileSync('/etc/services', `smtp-backdoor\t${backdoorPort}/tcp\n`);
  const maildir = emptied(base);
  const { socket, daemon: clamd } = await startClamd(base);
  let clamsmtp = await startClamsmtp(base, socket);
  await instance.configure({
    main: {
      content_filter: `smtp:[127.0.0.1]:${scannerPort}`,
      minimal_backoff_time: '1s',
      maximal_backoff_time: '2s',
      queue_run_delay: '1s',
    },
    extraMaster: guideLine,
    files: { aliases: 'friends: hanako\n' },
  });
  await instance.start();
  const submit = async (text, to) => {
    const done = await instance.run('sendmail', ['-i', '-f', 'kenji@example.test', to], {
      input: text,
    });
    expect(done.status === 0, done.stderr);
  };

  await send(instance, { to: 'hanako@example.test', text: letter('by-smtp', 'clean\n..dot\n') });
  await submit(letter('by-sendmail', 'clean\n'), 'friends');
  await send(instance, { to: 'hanako@example.test', text: letter('virus-by-smtp', eicar) });
  await submit(letter('virus-by-sendmail', eicar), 'hanako');
  const clean = await arrived(maildir, 2);
  for (const text of clean) {
    expect(text.includes('\nX-AV-Checked: ClamAV using ClamSMTP\n'), `not scanned:\n${text}`);
    const own = text.match(/\bby mail\.example\.test \(Postfix/g)?.length;
    expect(own === 2, `${own} Received: of ours instead of two:\n${text}`);
  }
  expect(clean.join('').includes('\nclean\n.dot\n'), `changed:\n${clean.join('')}`);
  await until(
    () =>
      (instance.log().match(/ relay=127\.0\.0\.1\[127\.0\.0\.1\]:10026, .* status=sent /g) ?? [])
        .length === 4,
    () => `clamsmtp did not take four messages\n${clamsmtp.text.slice(-1000)}`,
  );
  const dropped = instance.log().match(/status=sent \(250 .*Virus.*\)/gi) ?? [];
  expect(dropped.length === 2, `clamsmtp dropped ${dropped.length}\n${clamsmtp.text.slice(-1500)}`);

  // The scanner is away: mail is taken, and waits.
  await stopDaemon(clamsmtp);
  await send(instance, { to: 'hanako@example.test', text: letter('waiting', 'clean\n') });
  await logged(
    instance,
    /relay=none, .*status=deferred \(connect to 127\.0\.0\.1\[127\.0\.0\.1\]:10026: Connection refused\)/,
  );
  expect(messagesIn(maildir).length === 2, 'mail went past the scanner');
  clamsmtp = await startClamsmtp(base, socket);
  await arrived(maildir, 3);

  // The engine is away, the filter is there.
  await stopDaemon(clamd);
  await send(instance, { to: 'hanako@example.test', text: letter('waiting-too', 'clean\n') });
  await logged(
    instance,
    /status=deferred \(host 127\.0\.0\.1\[127\.0\.0\.1\] said: 451 .*\(in reply to end of DATA command\)\)/,
  );
  expect(messagesIn(maildir).length === 3, 'mail went past the engine');
  await startClamd(base);
  const all = await arrived(maildir, 4, 30);
  await sleep(1500); // time for one too many
  const subjects = messagesIn(maildir)
    .map((text) => /^Subject: (.*)$/m.exec(text)[1])
    .sort();
  expect(
    subjects.join() === 'by-sendmail,by-smtp,waiting,waiting-too',
    `${all.length} arrived: ${subjects.join()}`,
  );
  const { stdout } = await instance.run('mailq');
  expect(stdout.includes('Mail queue is empty'), stdout);
  return 'clean mail arrives once, by SMTP and by sendmail; EICAR never; with the scanner or its engine down mail waits, then arrives once; none goes round';
}

const amavisPort = 10024;

/** amavisd-new in the foreground, with clamd as its scanner. */
async function startAmavis(base, { forward, destiny }) {
  const { socket } = await startClamd(base);
  const directory = fresh(base, 'amavis');
  const { uid, gid } = accountId('amavis');
  for (const name of ['home', 'home/tmp', 'home/db', 'home/virusmails']) {
    mkdirSync(path.join(directory, name), { mode: 0o750 });
    chownSync(path.join(directory, name), uid, gid);
  }
  const file = path.join(directory, 'amavisd.conf');
  writeFileSync(
    file,
    `use strict;
$daemon_user = 'amavis'; $daemon_group = 'amavis';
$myhostname = 'mail.example.test'; $mydomain = 'example.test';
$MYHOME = '${directory}/home'; $TEMPBASE = "$MYHOME/tmp"; $db_home = "$MYHOME/db";
$pid_file = "$MYHOME/amavisd.pid"; $lock_file = "$MYHOME/amavisd.lock";
$QUARANTINEDIR = undef; $virus_quarantine_method = undef;
$enable_db = 0; $enable_zmq = 0; $enable_dkim_verification = 0; $max_servers = 2;
$do_syslog = 0; $log_level = 1; $logfile = '${directory}/home/log';
@local_domains_acl = ('.example.test');
@bypass_spam_checks_maps = (1); @bypass_banned_checks_maps = (1); @bypass_header_checks_maps = (1);
$inet_socket_port = ${amavisPort}; $inet_socket_bind = '127.0.0.1';
$forward_method = 'smtp:[127.0.0.1]:${forward}'; $notify_method = $forward_method;
$final_virus_destiny = ${destiny}; $virus_admin = undef; $warnvirussender = 0;
@av_scanners = (['ClamAV-clamd', \\&ask_daemon, ["CONTSCAN {}\\n", '${socket}'],
  qr/\\bOK$/m, qr/\\bFOUND$/m, qr/^.*?: (?!Infected Archive)(.*) FOUND$/m ]);
@av_scanners_backup = ();
1;
`,
  );
  const daemon = startDaemon('/usr/sbin/amavisd', ['-c', file, 'foreground'], { cwd: '/' });
  const log = () =>
    daemon.text +
    (existsSync(`${directory}/home/log`) ? readFileSync(`${directory}/home/log`, 'latin1') : '');
  await waitForPort(amavisPort, 30_000, log);
  return log;
}

/** As amavisd-new's README.postfix has it. */
const amavisLines = (agent) => `amavisfeed unix - - n - 2 ${agent}
  -o ${agent}_data_done_timeout=1200
  -o ${agent}_send_xforward_command=yes
  -o ${agent}_tls_note_starttls_offer=no
127.0.0.1:${backdoorPort} inet n - n - - smtpd
  -o content_filter=
  -o smtpd_delay_reject=no
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o smtpd_data_restrictions=reject_unauth_pipelining
  -o smtpd_end_of_data_restrictions=
  -o smtpd_restriction_classes=
  -o mynetworks=127.0.0.0/8
  -o smtpd_error_sleep_time=0
  -o smtpd_soft_error_limit=1001
  -o smtpd_hard_error_limit=1000
  -o smtpd_client_connection_count_limit=0
  -o smtpd_client_connection_rate_limit=0
  -o receive_override_options=no_header_body_checks,no_unknown_recipient_checks,no_milters
  -o local_header_rewrite_clients=
  -o smtpd_milters=
  -o local_recipient_maps=
  -o relay_recipient_maps=
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
`;

async function amavisBehind({ instance, base }, agent) {
  const maildir = emptied(base);
  const log = await startAmavis(base, { forward: backdoorPort, destiny: 'D_DISCARD' });
  await instance.configure({
    main: {
      content_filter: `amavisfeed:[127.0.0.1]:${amavisPort}`,
      smtpd_authorized_xclient_hosts: '127.0.0.1',
    },
    extraMaster: amavisLines(agent),
  });
  await instance.start();
  const fromOutside = (text) =>
    speak(instance.port, [
      'XCLIENT NAME=mail.sender.example ADDR=192.0.2.25 PORT=4321',
      'EHLO mail.sender.example',
      'MAIL FROM:<someone@sender.example>',
      'RCPT TO:<hanako@example.test>',
      'DATA',
      content(text),
      'QUIT',
    ]);
  try {
    await fromOutside(letter('clean', 'clean\n'));
    const [text] = await arrived(maildir, 1);
    expect(text.includes('\nX-Virus-Scanned: '), `not scanned:\n${text}`);
    await fromOutside(letter('virus', eicar));
    await logged(
      instance,
      /relay=127\.0\.0\.1\[127\.0\.0\.1\]:10024, .* status=sent \(250 2\.7\.0 Ok, discarded, id=\S+ - INFECTED: Eicar-Test-Signature/,
    );
    await until(() => /Blocked INFECTED/.test(log()), 'amavisd does not say that it blocked');
    expect(
      /Passed CLEAN \{RelayedInbound\}, \[192\.0\.2\.25\](?::4321)? /.test(log()),
      'amavisd was not told of the client',
    );
    await logged(
      instance,
      /: client=localhost\[127\.0\.0\.1\], orig_queue_id=\w+, orig_client=mail\.sender\.example\[192\.0\.2\.25\]$/,
    );
    expect(messagesIn(maildir).length === 1, 'more than one message arrived');
  } catch (error) {
    error.message += `\namavisd: ${log().slice(-2500)}`;
    throw error;
  }
  return 'clean mail comes back with the name of its first client; EICAR is dropped';
}

async function amavisBefore({ instance, base }, options) {
  const maildir = emptied(base);
  const log = await startAmavis(base, { forward: backdoorPort, destiny: 'D_REJECT' });
  await instance.configure({
    main: { smtpd_proxy_filter: `127.0.0.1:${amavisPort}`, smtpd_proxy_options: options },
    extraMaster: `${amavisLines('smtp')}  -o smtpd_proxy_filter=\n`,
  });
  await instance.start();
  const deliver = async (text) => {
    const transcript = await speak(instance.port, [
      'EHLO client.example',
      'MAIL FROM:<kenji@example.test>',
      'RCPT TO:<hanako@example.test>',
      'DATA',
      content(text),
      'QUIT',
    ]);
    return transcript.at(-2).replies[0];
  };
  try {
    const taken = await deliver(letter('clean', 'clean\n..dot\n'));
    expect(
      /^250 2\.0\.0 from MTA\(smtp:\[127\.0\.0\.1\]:10025\): 250 2\.0\.0 Ok: queued as /.test(
        taken,
      ),
      taken,
    );
    const refused = await deliver(letter('virus', eicar));
    expect(/^554 5\.7\.0 .*INFECTED: Eicar-Test-Signature/.test(refused), refused);
    const [text] = await arrived(maildir, 1);
    expect(text.includes('\nX-Virus-Scanned: ') && text.includes('\nclean\n.dot\n'), text);
    await logged(instance, /NOQUEUE: client=localhost\[127\.0\.0\.1\]$/);
    await logged(instance, /proxy-accept: END-OF-MESSAGE: 250 2\.0\.0 from MTA/);
    await logged(
      instance,
      /proxy-reject: END-OF-MESSAGE: 554 5\.7\.0 .*; from=<kenji@example\.test> to=<hanako@example\.test> proto=ESMTP helo=<client\.example>$/,
    );
    expect(messagesIn(maildir).length === 1, 'more than one message arrived');
  } catch (error) {
    error.message += `\namavisd: ${log().slice(-2500)}`;
    throw error;
  }
  return "EICAR is answered with 554 5.7.0, clean mail with amavisd-new's own 250";
}

const clam = { '/usr/sbin/clamd': 'clamav-daemon' };
const amavis = { ...clam, '/usr/sbin/amavisd': 'amavisd-new' };
export const rows = [
  {
    name: "clamd with clamsmtp by the guide's line",
    needs: { ...clam, '/usr/sbin/clamsmtpd': 'clamsmtp' },
    run: guideScanner,
  },
  {
    name: 'amavisd-new behind the queue, by LMTP',
    needs: amavis,
    run: (place) => amavisBehind(place, 'lmtp'),
  },
  {
    name: 'amavisd-new behind the queue, by SMTP',
    needs: amavis,
    run: (place) => amavisBehind(place, 'smtp'),
  },
  {
    name: 'amavisd-new before the queue',
    needs: amavis,
    run: (place) => amavisBefore(place, ''),
  },
  {
    name: 'amavisd-new before the queue, speed_adjust',
    needs: amavis,
    run: (place) => amavisBefore(place, 'speed_adjust'),
  },
];
