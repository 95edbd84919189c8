/**
 * cleanup/stage/content-checks - header_checks, before anything else is done to a field; our own Received: counts, too.
 *
 * Bodies and headers of parts: content/body-checks.
 */
import { headerField } from '../../../lib/protocol/message/header.js';
import { checkLine } from '../content/check-line.js';
import { noteProblem } from '../content/mime-problem.js';
import type { Stage } from '../message.js';

export const contentChecks: Stage = {
  name: 'content-checks',
  async beginSlowly(message) {
    if (message.core.contentRules?.tables.has('header') !== true || !message.isChecked) return;
    const given = message.lines.splice(0);
    for (const line of given) {
      const { before, text } = await checkLine(message, 'header', line);
      if (before !== undefined) message.lines.push(before);
      if (text !== undefined) message.lines.push(text);
    }
  },
  async fieldSlowly(field, message) {
    const { contentRules } = message.core;
    if (!contentRules) return field;
    if (field.name === 'content-type') message.contentType = field.value;
    else if (field.name === 'content-transfer-encoding') message.contentEncoding = field.value;
    if (contentRules.refusesHeader8Bit && /[\x80-\xff]/.test(field.text))
      noteProblem(message, 'header-8bit', field.text);
    const { before, text } = await checkLine(message, 'header', field.text);
    if (before !== undefined) message.lines.push(before);
    if (text === undefined) return undefined;
    return text === field.text ? field : headerField(text);
  },
};
