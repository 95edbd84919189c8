import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson, encodeFrame, encodeJson, frameKind, FrameReader, maxFrame } from './frames.js';

test('frames come out as they went in, wherever the stream is cut', () => {
  const bytes = Buffer.concat([
    encodeJson(frameKind.request, 7, { op: 'x' }, Buffer.from('content')),
    encodeFrame(frameKind.end, 8),
    encodeFrame(frameKind.content, 9, Buffer.from('abc'), Buffer.from('def')),
  ]);
  for (let size = 1; size <= bytes.length; size += 1) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < bytes.length; at += size)
      frames.push(
        ...reader
          .push(bytes.subarray(at, at + size))
          .map(({ kind, id, bytes: part }) => ({ kind, id, text: part.toString('latin1') })),
      );
    assert.deepEqual(
      frames.map(({ kind, id }) => [kind, id]),
      [
        [1, 7],
        [3, 8],
        [2, 9],
      ],
    );
    assert.equal(frames[2]!.text, 'abcdef');
    const { value, rest } = decodeJson(Buffer.from(frames[0]!.text, 'latin1'));
    assert.deepEqual([value, rest.toString()], [{ op: 'x' }, 'content']);
  }
});

test('a length that no one of ours sends is an error, not a buffer', () => {
  const header = Buffer.alloc(9);
  header.writeUInt32BE(maxFrame + 1, 0);
  assert.throws(() => new FrameReader().push(header), /frame of/);
  assert.throws(() => new FrameReader().push(Buffer.alloc(9)), /frame of 0/);
});
