import type { Places } from './places.ts';

/** Thrown inside for text that only the full parser may judge. Never leaves this file. */
const beyond = new Error('not the common form');

/** Nesting that the common form is read to. */
const deepest = 16;

const blankLine = / *(?:#[^\n]*)?(?:\n|$)/y;
const spaces = / */y;
const lineEnd = /(?: *| +#[^\n]*)(?:\n|$)/y;
const keyPattern = /([A-Za-z_][A-Za-z0-9_-]{0,60}):(?=[ \n]|$)/y;
const quoted = /"([^"\\\n]*)"|'([^'\n]*)'(?!')/y;
const plain = /[A-Za-z0-9_./][A-Za-z0-9_./:@+-]*/y;
/** Plain scalars that the core schema of YAML 1.2 reads as something else than text or a decimal number. */
const special =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|\.(?:inf|Inf|INF|nan|NaN|NAN)|[0-9]*\.[0-9]*|[0-9]{16,}|[0-9.]+[eE][-+]?[0-9]+)$/;
const words = new Map<string, null | boolean>([
  ...['null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

function resolve(text: string): unknown {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  if (special.test(text)) throw beyond;
  const word = words.get(text);
  return word === undefined ? text : word;
}

class CommonYamlReader {
  private readonly text: string;
  private readonly places: Places | undefined;
  /** Offset that was reached; where it stopped when the text is not of the common form. */
  at = 0;
  /** Column of the line's first character; -1 at the end. */
  private indent = 0;
  private depth = 0;
  /** Where the value that was read last begins. */
  private valueAt = 0;

  constructor(text: string, places: Places | undefined) {
    this.text = text;
    this.places = places;
  }

  document(): unknown {
    if (this.text.startsWith('---\n')) this.at = 4;
    this.toNextLine();
    if (this.indent === -1) return null;
    if (this.indent !== 0) throw beyond;
    const value = this.block();
    return this.at < this.text.length ? this.giveUp() : value;
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  /** Past blank lines and comments, to the first character of the next line that holds something. */
  private toNextLine(): void {
    // One line at a time: a pattern for all of them would overflow the stack on a million.
    while (this.at < this.text.length && this.take(blankLine));
    const start = this.at;
    this.take(spaces);
    this.indent = this.at >= this.text.length ? -1 : this.at - start;
  }

  private block(): unknown {
    this.depth += 1;
    if (this.depth > deepest) throw beyond;
    const start = this.at;
    const value = this.isDash() ? this.sequence(this.indent) : this.mapping(this.indent);
    this.valueAt = start;
    this.depth -= 1;
    return value;
  }

  private isDash(): boolean {
    if (this.text[this.at] !== '-') return false;
    const next = this.text[this.at + 1];
    return next === ' ' || next === '\n' || next === undefined;
  }

  private key(): string {
    const key = this.take(keyPattern)?.[1];
    if (key === undefined || key === '__proto__' || words.has(key)) throw beyond;
    return key;
  }

  private mapping(indent: number): unknown {
    const mapping: Record<string, unknown> = {};
    do {
      const start = this.at;
      const key = this.key();
      if (Object.hasOwn(mapping, key)) throw beyond;
      // Where nothing follows, the key answers for its value.
      this.valueAt = start;
      mapping[key] = this.afterColon(indent);
      this.places?.note(mapping, key, start, this.valueAt);
    } while (this.indent === indent && !this.isDash());
    return this.indent > indent ? this.giveUp() : mapping;
  }

  private giveUp(): never {
    throw beyond;
  }

  private afterColon(indent: number): unknown {
    if (!this.take(lineEnd)) return this.inline();
    this.toNextLine();
    if (this.indent > indent) return this.block();
    return this.indent === indent && this.isDash() ? this.block() : null;
  }

  private sequence(indent: number): unknown {
    const items: unknown[] = [];
    do {
      this.valueAt = this.at;
      this.at += 1;
      items.push(this.item(indent));
      this.places?.note(items, items.length - 1, this.valueAt, this.valueAt);
    } while (this.indent === indent && this.isDash());
    return this.indent > indent ? this.giveUp() : items;
  }

  private item(indent: number): unknown {
    if (this.take(lineEnd)) {
      this.toNextLine();
      return this.indent > indent ? this.block() : null;
    }
    const start = this.at;
    this.take(spaces);
    keyPattern.lastIndex = this.at;
    if (!keyPattern.test(this.text)) return this.inline();
    // `- key: value`: the mapping stands where its first key does.
    this.indent = indent + 1 + this.at - start;
    return this.block();
  }

  /** A value on the rest of the line. One that goes on in the next line is left to the full parser by the callers. */
  private inline(): unknown {
    this.take(spaces);
    const value = this.flow();
    if (!this.take(lineEnd)) throw beyond;
    this.toNextLine();
    return value;
  }

  private flow(): unknown {
    const start = this.at;
    const value = this.flowValue();
    this.valueAt = start;
    return value;
  }

  private flowValue(): unknown {
    const character = this.text[this.at];
    if (character === '{') return this.flowMapping();
    if (character === '[') return this.flowSequence();
    if (character === '"' || character === "'") {
      const match = this.take(quoted);
      return match ? (match[1] ?? match[2]) : this.giveUp();
    }
    const text = this.take(plain)?.[0];
    return text === undefined || text.endsWith(':') ? this.giveUp() : resolve(text);
  }

  private flowMapping(): unknown {
    const mapping: Record<string, unknown> = {};
    this.flowItems('}', () => {
      const start = this.at;
      const key = this.key();
      if (Object.hasOwn(mapping, key) || this.text[this.at] !== ' ') throw beyond;
      this.take(spaces);
      mapping[key] = this.flow();
      this.places?.note(mapping, key, start, this.valueAt);
    });
    return mapping;
  }

  private flowSequence(): unknown {
    const items: unknown[] = [];
    this.flowItems(']', () => {
      items.push(this.flow());
      this.places?.note(items, items.length - 1, this.valueAt, this.valueAt);
    });
    return items;
  }

  private flowItems(close: string, item: () => void): void {
    this.depth += 1;
    if (this.depth > deepest) throw beyond;
    this.at += 1;
    this.take(spaces);
    while (this.text[this.at] !== close) {
      item();
      this.take(spaces);
      if (this.text[this.at] === ',') this.at += 1;
      else if (this.text[this.at] !== close) throw beyond;
      this.take(spaces);
    }
    this.at += 1;
    this.depth -= 1;
  }
}

/**
 * Reads YAML as people write site files: mappings, lists, flow collections within one line, plain and simply quoted
 * scalars, comments. About twenty times as fast as a full parser. For everything else, mistakes included, it answers
 * where that begins, and the full parser must look; a value that it does answer is what the full parser would have
 * read. With `places`, it notes there where everything stands.
 */
export function readCommonYaml(text: string, places?: Places): { value: unknown } | { stoppedAt: number } {
  const reader = new CommonYamlReader(text, places);
  try {
    return { value: reader.document() };
  } catch (error) {
    if (error === beyond) return { stoppedAt: reader.at };
    throw error;
  }
}
