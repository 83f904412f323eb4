import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/errors/app-error.ts';
import { decodeSiteFile, parseSite, renderMistakes } from '../../src/model/parse-site.ts';

/** Generous: the tests share a busy machine. A site that is refused in 20 ms alone may take ten times as long here. */
const mostMilliseconds = 5_000;
const megabyte = 1024 * 1024;

function refusal(text: string): AppError {
  const start = performance.now();
  try {
    parseSite(text);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.exitStatus, 2);
    const rendered = renderMistakes(error.mistakes, 'site.yaml', text);
    assert.ok(rendered.length < 2 * megabyte, `the report has ${rendered.length} characters`);
    const took = performance.now() - start;
    assert.ok(took < mostMilliseconds, `it took ${took} ms to refuse`);
    return error;
  }
  return assert.fail('it was accepted');
}

function bomb(levels: number, width: number): string {
  const list = (name: string) => `[${Array.from({ length: width }, () => name).join(', ')}]`;
  const lines = Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} ${list(`*a${i}`)}`);
  return ['a0: &a0 lol', ...lines, ''].join('\n');
}

describe('a hostile site file is refused quickly', () => {
  test('50 MB of text', () => {
    assert.equal(refusal('a: b\n'.repeat(10 * megabyte)).code, 'site-unreadable');
    assert.throws(() => decodeSiteFile(new Uint8Array(50 * megabyte)), { code: 'site-unreadable' });
  });

  test('binary', () => {
    assert.match(refusal('site: a\u0000b').message, /not UTF-8 text: character "\\u0000" at line 1, column 8/);
    assert.equal(refusal('\u007fELF\u0002\u0001').code, 'site-unreadable');
    assert.throws(() => decodeSiteFile(Uint8Array.of(0x73, 0xff, 0xfe)), { code: 'site-unreadable' });
    assert.equal(decodeSiteFile(new TextEncoder().encode('site: é')), 'site: é');
  });

  test('an alias bomb ("billion laughs"), wide or deep', () => {
    assert.ok(refusal(bomb(9, 9)).mistakes.length > 0);
    assert.match(refusal(bomb(30, 2)).mistakes.at(-1)?.message ?? '', /aliases add more than 100000 values/);
    assert.match(refusal(bomb(1, 100_000)).mistakes[0]?.message ?? '', /alias number 201; expected at most 200/);
  });

  test('an alias to what it is in', () => {
    assert.match(refusal('site: x\npools: &p [*p]\n').mistakes[0]?.message ?? '', /names no anchor that was finished/);
  });

  test('nesting that would overflow a stack: flow, block, compact, keys and JSON', () => {
    const deep = [
      `a: ${'['.repeat(200_000)}`,
      `a: ${'{b: '.repeat(50_000)}`,
      `a:\n  ${'- '.repeat(200_000)}`,
      '? '.repeat(200_000),
      Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      `{"a":${'{"b":'.repeat(200_000)}1${'}'.repeat(200_001)}`,
    ];
    for (const text of deep) {
      assert.match(refusal(text).mistakes[0]?.message ?? '', /nests too deeply/, JSON.stringify(text.slice(0, 20)));
    }
  });

  test('a hundred thousand keys, alike or not', () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `key${i}: 1`).join('\n');
    assert.equal(refusal(keys).mistakes.length, 1000);
    assert.equal(refusal('site: lab\n'.repeat(50_000)).mistakes.length, 1000);
    assert.equal(refusal(`{${Array.from({ length: 100_000 }, () => '"site":"lab"').join(',')}}`).mistakes.length, 1000);
  });

  test('a hundred thousand mistakes, of which the first thousand are listed', () => {
    const forwards = Array.from({ length: 100_000 }, () => '  - {port: 0, to: "nobody:80"}').join('\n');
    const error = refusal(`site: lab\nforwards:\n${forwards}\n`);
    assert.match(error.message, /has more than 1000 mistakes; the first are listed/);
  });

  test('ten thousand forwards to guests that are not there, among a thousand that are', () => {
    const guests = Array.from(
      { length: 1_000 },
      (_, i) => `  - {name: guest-with-a-long-name-${i}, nics: [{segment: dev}]}`,
    );
    const forwards = Array.from(
      { length: 10_000 },
      (_, i) => `  - {port: ${i + 1}, to: "guest-with-a-long-nmae-${i}:80"}`,
    );
    refusal(`site: lab\nguests:\n${guests.join('\n')}\nforwards:\n${forwards.join('\n')}\n`);
  });

  test('ten thousand wide ranges on one another', () => {
    const forwards = Array.from({ length: 10_000 }, () => '  - {port: 1-65534, to: "w:1"}');
    refusal(`site: lab\nforwards:\n  - {port: 65534, to: "w:1"}\n${forwards.join('\n')}\n`);
  });

  test('one value of four megabytes, and lines as long', () => {
    const long = 'x'.repeat(4 * megabyte);
    for (const text of [
      `site: ${long}`,
      `site: "${long}"`,
      `${long}: 1`,
      `site: lab\n${long}`,
      `site: lab # ${long}\nx: y`,
      `"${long}`,
    ]) {
      const error = refusal(text);
      assert.ok(
        error.mistakes.every(({ message }) => message.length < 1_000),
        'messages stay short',
      );
    }
  });

  test('text in which quotes never close, or escapes abound', () => {
    for (const text of [
      `{"a": "${'\\"'.repeat(megabyte)}`,
      `a: '${"''".repeat(megabyte)}`,
      `a: "${'\\'.repeat(megabyte)}`,
    ])
      refusal(text);
  });
});

describe('whatever the text', () => {
  test('parseSite answers a site or an AppError with places inside the text', () => {
    const words = fc.constantFrom(
      ...['site: lab\n', 'pools:\n', '  - ', '{', '}', '[', ']', 'name: a', ', ', 'range: 02:00:00:00:00:00/24', '\n'],
      ...[
        'segments:\n',
        'subnet: 10.0.0.0/24',
        'guests:\n',
        'nics: ',
        'segment: a',
        'forwards:\n',
        'port: 80',
        'to: "a:1"',
      ],
      ...[
        '&x ',
        '*x',
        '!!map ',
        '"',
        "'",
        '|',
        '>',
        '? ',
        '%',
        '---\n',
        '\t',
        '  ',
        ': ',
        '- ',
        '#',
        'é',
        '\ud800',
        '\u2028',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(words, { maxLength: 25 }).map((parts) => parts.join('')),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (value) => {
        try {
          parseSite(value);
        } catch (error) {
          assert.ok(error instanceof AppError, `${String(error)} for ${JSON.stringify(value)}`);
          const lines = value.split('\n');
          for (const { line, column } of error.mistakes) {
            assert.ok(line !== undefined && line >= 1 && line <= lines.length, `line ${line}`);
            assert.ok(
              column !== undefined && column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1,
              `column ${column}`,
            );
          }
          assert.ok(renderMistakes(error.mistakes, 'f', value).length > 0 || error.code === 'site-unreadable');
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
