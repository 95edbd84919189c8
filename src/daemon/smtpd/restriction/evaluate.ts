/**
 * restriction/evaluate - runs a list of restrictions: the first that permits or rejects decides.
 *
 * Lists are parsed once. Trouble with a table rejects with 451, never permits. Postfix: smtpd_check.c
 * generic_checks; postconf(5) smtpd_recipient_restrictions.
 */
import { LookupError } from '../../../lib/map/match-list.js';
import { replyText } from '../../../lib/protocol/smtp/reply.js';
import { splitList } from '../../../lib/util/list.js';
import { own } from '../../../lib/util/own.js';
import { replies } from '../replies.js';
import { softened } from '../soften.js';
import {
  type Check,
  codeReply,
  dunno,
  note,
  notePermit,
  reject,
  RouteFailure,
  type Stage,
  type Verdict,
} from './check.js';
import { permittedSubject } from './subject.js';
import { oldNames, type Restriction, restrictions } from './restrictions.js';

type Step =
  | {
      readonly is: 'restriction';
      readonly name: string;
      readonly restriction: Restriction;
      readonly argument: string;
    }
  | { readonly is: 'warn-if-reject' }
  | { readonly is: 'sleep'; readonly seconds: number }
  | { readonly is: 'class'; readonly name: string }
  | { readonly is: 'unusable'; readonly name: string; readonly problem: string };

const maxClassDepth = 20;

/** Checks by which a bare `type:table` in a list is meant. */
const tableCheck: Partial<Record<Stage, string>> = {
  client: 'check_client_access',
  helo: 'check_helo_access',
  sender: 'check_sender_access',
  relay: 'check_recipient_access',
  recipient: 'check_recipient_access',
  etrn: 'check_etrn_access',
};

export class Evaluator {
  readonly #parsed = new Map<string, readonly Step[]>();
  readonly #classes: ReadonlySet<string>;
  readonly #sleep: (seconds: number) => Promise<void>;

  constructor(classes: readonly string[], sleep: (seconds: number) => Promise<void>) {
    this.#classes = new Set(classes);
    this.#sleep = sleep;
  }

  /** Problems of a list, for the start: unknown and removed names. */
  problems(list: string, stage: Stage): string[] {
    return this.#steps(list, stage).flatMap((step) =>
      step.is === 'unusable' ? [`${step.name}: ${step.problem}`] : [],
    );
  }

  /** The list's own verdict; defer_if_permit is not applied here. */
  async run(check: Check, list: string, setting: string, depth = 0): Promise<Verdict> {
    if (list === '') return dunno;
    let warnOnly = false;
    for (const step of this.#steps(list, check.stage)) {
      if (step.is === 'warn-if-reject') {
        warnOnly = true;
        continue;
      }
      const verdict = await this.#step(check, step, setting, depth);
      const wasWarnOnly = warnOnly;
      warnOnly = false;
      if (verdict.is === 'dunno') continue;
      if (verdict.is === 'permit') return verdict;
      if (!wasWarnOnly)
        return check.deferIfReject && verdict.reply.code >= 500
          ? reject(check.deferIfReject)
          : verdict;
      const { soft_bounce } = check.core.settings;
      note(
        check,
        'reject_warning',
        replyText(soft_bounce ? softened(verdict.reply) : verdict.reply),
      );
    }
    return dunno;
  }

  async #step(
    check: Check,
    step: Exclude<Step, { is: 'warn-if-reject' }>,
    setting: string,
    depth: number,
  ): Promise<Verdict> {
    switch (step.is) {
      case 'sleep':
        await this.#sleep(step.seconds);
        return dunno;
      case 'class': {
        if (depth > maxClassDepth)
          return unusable(check, step.name, 'restriction classes name each other');
        const list = check.core.settings.source.expand(
          check.core.settings.source.raw(step.name) ?? '',
        );
        return this.run(check, list, step.name, depth + 1);
      }
      case 'unusable':
        return unusable(check, step.name, step.problem);
      case 'restriction': {
        const { trace, settings } = check.core;
        const run = (): Promise<Verdict> => this.#restriction(check, step, setting, depth);
        if (!trace) return run();
        const origin = settings.source.origin(setting);
        const { name: restriction, argument } = step;
        return trace.of({ setting, origin, restriction, argument }, run);
      }
    }
  }

  async #restriction(
    check: Check,
    { name, restriction, argument }: Extract<Step, { is: 'restriction' }>,
    setting: string,
    depth: number,
  ): Promise<Verdict> {
    try {
      switch (restriction.is) {
        case 'plain':
        case 'argument': {
          const verdict =
            restriction.is === 'plain'
              ? await restriction.run(check)
              : await restriction.run(check, argument);
          if (verdict.is === 'permit') await notePermit(check, name, permittedSubject(check, name));
          return verdict;
        }
        case 'access':
          return await restriction.run(check, argument, (again, list) =>
            this.run(again, list, setting, depth + 1),
          );
      }
    } catch (error) {
      if (error instanceof RouteFailure)
        return reject(codeReply(451, '4.3.0', `<${error.address}>: Temporary lookup failure`));
      if (!(error instanceof LookupError)) throw error;
      check.core.log.warning(error.message);
      return reject(
        check.recipient === undefined
          ? replies.configurationError
          : codeReply(451, '4.3.0', `<${check.recipient}>: Temporary lookup failure`),
      );
    }
  }

  #steps(list: string, stage: Stage): readonly Step[] {
    const key = `${stage} ${list}`;
    let steps = this.#parsed.get(key);
    if (!steps) {
      steps = this.#parse(list, stage);
      if (this.#parsed.size > 1000) this.#parsed.clear(); // lists that tables name
      this.#parsed.set(key, steps);
    }
    return steps;
  }

  #parse(list: string, stage: Stage): Step[] {
    const words = splitList(list);
    const steps: Step[] = [];
    for (let index = 0; index < words.length; index += 1) {
      const word = words[index] ?? '';
      const lower = word.toLowerCase();
      const name = own(oldNames, lower) ?? lower;
      const restriction = own(restrictions, name);
      if (name === 'warn_if_reject') steps.push({ is: 'warn-if-reject' });
      else if (name === 'sleep')
        steps.push({ is: 'sleep', seconds: Number(words[(index += 1)] ?? 0) });
      else if (restriction) {
        const argument = restriction.is === 'plain' ? '' : unbrace(words[(index += 1)] ?? '');
        if (restriction.is !== 'plain' && argument === '')
          steps.push({
            is: 'unusable',
            name,
            problem: `bad argument "${name}": need maptype:mapname`,
          });
        else steps.push({ is: 'restriction', name, restriction, argument });
      } else if (this.#classes.has(word)) steps.push({ is: 'class', name: word });
      else if (/^[a-z]+:/.test(word) && tableCheck[stage] !== undefined) {
        const check = tableCheck[stage];
        const access = restrictions[check];
        if (access)
          steps.push({ is: 'restriction', name: check, restriction: access, argument: word });
      } else if (lower === 'check_relay_domains') {
        steps.push({
          is: 'unusable',
          name,
          problem: 'support for this restriction has been removed; use "reject_unauth_destination"',
        });
      } else
        steps.push({ is: 'unusable', name: word, problem: `unknown smtpd restriction: "${word}"` });
    }
    return steps;
  }
}

function unbrace(word: string): string {
  return word.startsWith('{') && word.endsWith('}') ? word.slice(1, -1).trim() : word;
}

function unusable(check: Check, name: string, problem: string): Verdict {
  const isUnknown = problem.startsWith('unknown smtpd restriction');
  check.core.log.warning(isUnknown ? problem : `restriction ${name}: ${problem}`);
  return reject(replies.configurationError);
}
