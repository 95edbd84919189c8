/**
 * hikyaku/demo - the state of `npm start`: settings, one mailbox, folders, made once and found again.
 *
 * Nothing that exists is overwritten: whoever edits var/etc/main.cf keeps the edit. Works as root too, in a
 * checkout that no other user can enter: the server stands in its folders before it drops root.
 */
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { lookupUser } from '../../lib/sys/user.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { sysexits } from '../../lib/util/sysexits.js';
import { type DemoSecrets, demoSecrets, saslFolder } from './demo-secrets.js';

export interface Demo {
  readonly configDirectory: string;
  /** What to tell the newcomer. */
  readonly welcome: string;
}

const domain = 'hikyaku.test'; // RFC 6761: never a real domain
const hostname = `mail.${domain}`;
const mailboxUser = 'you';
const firstPort = 2525;
const lastPort = 2599;

/** @throws {FatalError} nothing can be made there */
export async function prepareDemo(directory: string): Promise<Demo> {
  const configDirectory = path.join(directory, 'etc');
  const owner = demoOwner();
  let secrets: DemoSecrets;
  try {
    for (const folder of ['etc', 'spool', 'data', 'mail']) {
      mkdirSync(path.join(directory, folder), { recursive: true });
    }
    const mail = path.join(directory, 'mail', mailboxUser);
    mkdirSync(mail, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) {
      chownSync(path.join(directory, 'mail'), owner.uid, owner.gid);
      chownSync(mail, owner.uid, owner.gid);
    }
    secrets = await demoSecrets({ directory, hostname, domain, user: mailboxUser, owner });
    const mainCf = path.join(configDirectory, 'main.cf');
    if (!existsSync(mainCf)) {
      const port = await freePort(firstPort);
      const tlsPort = await freePort(port + 1);
      writeOnce(path.join(configDirectory, 'master.cf'), masterCf(port, tlsPort));
      writeOnce(mainCf, mainCfText(directory, owner, secrets));
    }
  } catch (error) {
    if (error instanceof FatalError) throw error;
    throw new FatalError(`${directory}: ${(error as Error).message}`, sysexits.cannotCreate, {
      cause: error,
    });
  }
  const ports = portsOf(path.join(configDirectory, 'master.cf'));
  return { configDirectory, welcome: welcome(directory, ports, secrets) };
}

interface DemoOwner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Started by root, mail must belong to someone else: the mail system's account, or the nearest there is. */
function demoOwner(): DemoOwner {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) return { name: '', uid, gid: process.getgid?.() ?? 0 };
  for (const name of ['postfix', 'mail', 'nobody']) {
    const user = lookupUser(name);
    if (user !== undefined && user.uid !== 0) return { name, uid: user.uid, gid: user.gid };
  }
  throw new FatalError(
    'started by root, and no account postfix, mail or nobody to run as',
    sysexits.noUser,
  );
}

function writeOnce(file: string, text: string): void {
  if (!existsSync(file)) writeFileSync(file, text, { flag: 'wx', mode: 0o644 });
}

async function freePort(first: number): Promise<number> {
  for (let port = first; port <= lastPort; port += 1) if (await isFree(port)) return port;
  throw new FatalError(
    `no free port from ${first} to ${lastPort} on 127.0.0.1`,
    sysexits.unavailable,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

interface Ports {
  readonly plain: number;
  /** Undefined: master.cf has no port that begins with TLS. */
  readonly tls: number | undefined;
}

function portsOf(masterCfFile: string): Ports {
  const text = readFileSync(masterCfFile, 'utf8');
  const plain = /^(?:127\.0\.0\.1:)?(\d+)\s+inet\s/m.exec(text);
  const tls = /^(?:127\.0\.0\.1:)?(\d+)\s+inet\s.*\n\s+-o smtpd_tls_wrappermode=yes/m.exec(text);
  return { plain: Number(plain?.[1] ?? firstPort), tls: tls ? Number(tls[1]) : undefined };
}

function mainCfText(directory: string, owner: DemoOwner, { keyFile }: DemoSecrets): string {
  return `# Settings of the test server that npm start made. Yours to edit: it is written once.
compatibility_level = 3.6
myhostname = ${hostname}
mydomain = ${domain}
myorigin = $mydomain

# Only programs on this machine can connect, and only they may send.
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8

# One domain whose mailboxes are Maildirs below var/mail.
mydestination = localhost
virtual_mailbox_domains = ${domain}
virtual_mailbox_base = ${directory}/mail
virtual_mailbox_maps = inline:{ ${mailboxUser}@${domain}=${mailboxUser}/Maildir/ }
virtual_alias_maps = inline:{ postmaster@${domain}=${mailboxUser}@${domain}, root@${domain}=${mailboxUser}@${domain} }
virtual_uid_maps = static:${owner.uid}
virtual_gid_maps = static:${owner.gid}
virtual_minimum_uid = 1
alias_maps = inline:{ postmaster=${mailboxUser}@${domain}, root=${mailboxUser}@${domain} }
alias_database =

# STARTTLS with a certificate that npm start made; logins are kept in ${directory}/spool/${saslFolder}/accounts.
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${keyFile}
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = ${domain}
cyrus_sasl_config_path = ${saslFolder}

# A test server sends nothing out by accident. Remove this line to deliver to the world.
default_transport = error:5.1.2 this test server delivers to ${domain} only

queue_directory = ${directory}/spool
data_directory = ${directory}/data
${owner.name === '' ? '' : `mail_owner = ${owner.name}\n`}`;
}

function masterCf(port: number, tlsPort: number): string {
  return `# service type private unpriv chroot wakeup maxproc command + args
${port}      inet  n       -      n      -      -       smtpd
${tlsPort}      inet  n       -      n      -      -       smtpd
  -o smtpd_tls_wrappermode=yes
pickup    unix  n       -      n      60     1       pickup
cleanup   unix  n       -      n      -      0       cleanup
qmgr      unix  n       -      n      300    1       qmgr
rewrite   unix  -       -      n      -      -       trivial-rewrite
bounce    unix  -       -      n      -      0       bounce
defer     unix  -       -      n      -      0       bounce
trace     unix  -       -      n      -      0       bounce
smtp      unix  -       -      n      -      -       smtp
relay     unix  -       -      n      -      -       smtp
showq     unix  n       -      n      -      -       showq
error     unix  -       -      n      -      -       error
retry     unix  -       -      n      -      -       error
discard   unix  -       -      n      -      -       discard
local     unix  -       n      n      -      -       local
virtual   unix  -       n      n      -      -       virtual
anvil     unix  -       -      n      -      1       anvil
`;
}

function welcome(directory: string, { plain: port, tls }: Ports, secrets: DemoSecrets): string {
  const place = path.relative(process.cwd(), directory) || '.';
  const certificate = path.relative(process.cwd(), secrets.certificateFile);
  const addresses = `--mail-from me@example.org --mail-rcpt ${mailboxUser}@${domain}`;
  const overTls =
    tls === undefined
      ? ''
      : `
Over TLS (port ${tls} from the first byte, port ${port} by STARTTLS), logged in as ${mailboxUser}:

  printf 'Subject: hello\\n\\nIt is safe.\\n' | curl -sS --cacert ${certificate} --user ${mailboxUser}:${secrets.password} smtps://localhost:${tls} ${addresses} -T -
`;
  return `
Hikyaku listens on 127.0.0.1 port ${port} for mail to ${mailboxUser}@${domain}.

  settings  ${place}/etc/main.cf, ${place}/etc/master.cf
  mailbox   ${place}/mail/${mailboxUser}/Maildir/new
  queue     ${place}/spool

Send a message from another terminal, either way:

  printf 'Subject: hello\\n\\nIt works.\\n' | curl -sS smtp://127.0.0.1:${port} ${addresses} -T -
  printf 'Subject: hello\\n\\nIt works.\\n' | bin/sendmail -C ${place}/etc ${mailboxUser}@${domain}
${overTls}
and read it:  cat ${place}/mail/${mailboxUser}/Maildir/new/*
Ctrl-C stops the server; all state stays. The log follows.
`;
}
