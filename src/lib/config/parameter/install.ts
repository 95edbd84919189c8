/** config/parameter/install - the installation: directories, accounts, version. */
import { noEffect, string, works } from '../parameter.js';

export const installParameters = {
  alternate_config_directories: string({
    default: '',
    by: ['sendmail', 'postqueue', 'postdrop'],
    doc: 'Directories that unprivileged users may name with -c.',
    status: noEffect('no command has rights that its caller lacks: users may name any directory'),
  }),
  command_directory: string({
    default: '/usr/sbin',
    min: 1,
    by: ['smtpd', 'postscreen', 'postfix', 'sendmail', 'postqueue'],
    doc: 'Where the commands are.',
    status: noEffect('files lie within this package'),
  }),
  compatibility_level: string({
    default: '0',
    by: ['postfix'],
    doc: 'The Postfix version whose defaults the settings were written for.',
    status: works,
  }),
  config_directory: string({
    default: '/etc/postfix',
    doc: 'Where main.cf and master.cf are.',
    status: works,
  }),
  daemon_directory: string({
    default: '/usr/lib/postfix/sbin',
    min: 1,
    by: ['master', 'postfix', 'sendmail', 'postmulti'],
    doc: 'Where the daemon programs are.',
    status: noEffect('files lie within this package'),
  }),
  data_directory: string({
    default: '/var/lib/postfix',
    min: 1,
    by: ['tlsmgr', 'proxymap', 'postfix'],
    doc: 'Where the caches and other writable data are.',
    status: works,
  }),
  html_directory: string({
    default: '/usr/share/doc/postfix/html',
    by: ['postfix'],
    doc: 'Where the HTML documentation is.',
    status: noEffect('files lie within this package'),
  }),
  mail_name: string({
    default: 'Postfix',
    min: 1,
    by: ['smtpd', 'bounce'],
    doc: 'Name of the mail system in banners and headers.',
    status: works,
  }),
  mail_owner: string({
    default: 'postfix',
    min: 1,
    by: ['smtpd', 'pipe', 'spawn', 'master', 'postfix', 'sendmail'],
    doc: "Account of the server's unprivileged processes.",
    status: works,
  }),
  mail_release_date: string({
    default: '20261124',
    doc: 'Date of the release.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  mail_version: string({
    default: '3.12.0',
    min: 1,
    doc: 'The Postfix version that the behaviour follows.',
    status: works,
  }),
  mailq_path: string({
    default: '/usr/bin/mailq',
    by: ['postfix'],
    doc: 'Where mailq is installed.',
    status: noEffect('files lie within this package'),
  }),
  manpage_directory: string({
    default: '/usr/share/man',
    by: ['postfix'],
    doc: 'Where the manual pages are.',
    status: noEffect('files lie within this package'),
  }),
  meta_directory: string({
    default: '/etc/postfix',
    by: ['postfix', 'postmulti'],
    doc: 'Where files of the installation are.',
    status: noEffect('files lie within this package'),
  }),
  newaliases_path: string({
    default: '/usr/bin/newaliases',
    by: ['postfix'],
    doc: 'Where newaliases is installed.',
    status: noEffect('files lie within this package'),
  }),
  openssl_path: string({
    default: 'openssl',
    by: ['tlsproxy', 'postfix'],
    doc: 'Where openssl is.',
  }),
  queue_directory: string({
    default: '/var/spool/postfix',
    min: 1,
    doc: 'Where the queue is; relative names in settings start here.',
    status: works,
  }),
  readme_directory: string({
    default: '/usr/share/doc/postfix',
    by: ['postfix'],
    doc: 'Where the README files are.',
    status: noEffect('files lie within this package'),
  }),
  sample_directory: string({
    default: '/etc/postfix',
    doc: 'Where sample files are.',
    status: noEffect('files lie within this package'),
  }),
  sendmail_path: string({
    default: '/usr/sbin/sendmail',
    by: ['postfix'],
    doc: 'Where sendmail is installed.',
    status: noEffect('files lie within this package'),
  }),
  setgid_group: string({
    default: 'postdrop',
    min: 1,
    by: ['postfix'],
    doc: 'Group of postdrop and postqueue.',
    status: noEffect('files lie within this package'),
  }),
  shlib_directory: string({
    default: '/usr/lib/postfix',
    by: ['postfix', 'postmulti'],
    doc: 'Where libraries are.',
    status: noEffect('files lie within this package'),
  }),
};
