/**
 * server/instance - which instance a command means: its configuration directory.
 *
 * `-c DIR` wins, then MAIL_CONFIG, then /etc/postfix, as in Postfix's own commands.
 */
export function configDirectory(given: string | undefined): string {
  return given ?? process.env['MAIL_CONFIG'] ?? '/etc/postfix';
}
