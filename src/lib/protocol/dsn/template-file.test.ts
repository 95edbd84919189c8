import assert from 'node:assert/strict';
import test from 'node:test';
import { parseTemplateFile } from './template-file.js';

const parse = (content: string): ReturnType<typeof parseTemplateFile> =>
  parseTemplateFile(content, 'b.cf');

test('a template is its header lines and its text', () => {
  const { templates, warnings } = parse(
    '# ours\n\nfailure_template = <<EOF\ncharset: utf-8\nFrom: me <x>\nSubject: No\nPostmaster-Subject: Copy\n\nText $myhostname\n\nmore\nEOF\n',
  );
  assert.deepEqual(warnings, []);
  assert.deepEqual(templates.get('failure'), {
    charset: 'utf-8',
    from: 'me <x>',
    subject: 'No',
    copySubject: 'Copy',
    text: 'Text $myhostname\n\nmore\n',
  });
});

test('the header section may be absent, and ends at the first line that is none', () => {
  assert.equal(parse('delay_template = <<E\n\nonly\nE\n').templates.get('delay')?.text, 'only\n');
  const { templates } = parse('delay_template = <<E\nSubject: s\nno label\n\nx\nE\n');
  assert.deepEqual(templates.get('delay'), { subject: 's', text: 'no label\n\nx\n' });
});

test('a later template of the same name wins', () => {
  const { templates } = parse('failure_template = one\nfailure_template = <<E\n\ntwo\nE\n');
  assert.equal(templates.get('failure')?.text, 'two\n');
});

test('what cannot be used is left out with a warning', () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['x_template = <<E\n\nt\nE\n', /line 4: unknown template name: x_template/],
    ['failure_template = <<E\nX: y\n\nt\nE\n', /unknown "X" header label in failure template/],
    ['failure_template = <<E\nSubject:\n\nt\nE\n', /empty "Subject" header value/],
    ['failure_template = <<E\nSubject: \u00e4\n\nt\nE\n', /non-ASCII "Subject" header value/],
    ['failure_template = <<E\n\n\u00e4\nE\n', /non-ASCII message text .*"Charset: utf-8"/],
    ['failure_template = <<E\nE\n', /missing message text/],
  ];
  for (const [content, warning] of rows) {
    const { templates, warnings } = parse(content);
    assert.equal(templates.size, 0, content);
    assert.match(warnings.join('\n'), warning);
  }
});

test('a template without its end is told, and goes to the end of the file', () => {
  const { templates, warnings } = parse('failure_template = <<E\n\ntext\n');
  assert.equal(templates.get('failure')?.text, 'text\n');
  assert.deepEqual(warnings, ['b.cf, line 3: missing "E" end marker']);
});

test('a file that makes no sense stops the start, and says what to write', () => {
  assert.throws(() => parse('\ngarbage\n'), /b\.cf, line 2: "garbage" begins no template; write/);
});
