/** restriction/subject - what a restriction without a subject of its own speaks of, and how replies name that. */
import { clientLabel } from '../state.js';
import type { Check } from './check.js';

const labels: Record<Check['stage'], string> = {
  client: 'Client host',
  helo: 'Helo command',
  sender: 'Sender address',
  relay: 'Recipient address',
  recipient: 'Recipient address',
  data: 'Data command',
  'end-of-message': 'End-of-data',
  etrn: 'Etrn command',
  vrfy: 'Recipient address',
};

export function labelOf({ stage }: Check): string {
  return labels[stage];
}

/** What a bare reject or defer speaks of. */
export function subjectOf({ stage, state, sender, recipient, site }: Check): string {
  switch (stage) {
    case 'client':
      return clientLabel(state.client);
    case 'helo':
      return state.helo;
    case 'sender':
      return sender ?? '';
    case 'etrn':
      return site ?? '';
    case 'data':
    case 'end-of-message':
      return stage === 'data' ? 'DATA' : 'END-OF-MESSAGE';
    case 'relay':
    case 'recipient':
    case 'vrfy':
      return recipient ?? '';
  }
}

/** Whom a restriction permits: `Client host=name[address] `, as the log has it. */
export function permittedSubject(check: Check, name: string): string {
  if (name === 'permit') return `${labelOf(check)}=${subjectOf(check)} `;
  if (name === 'permit_auth_destination' || name === 'permit_mx_backup')
    return `Recipient address=${check.recipient ?? ''} `;
  return `Client host=${clientLabel(check.state.client)} `;
}
