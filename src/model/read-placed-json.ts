import type { Places } from './places.ts';
import { quoteValue } from './quote-value.ts';
import type { PlacedMistake } from './read-document.ts';

/** Nesting of a site file is six levels deep. */
const deepest = 40;

const space = /[ \t\r\n]*/y;
const atom = /[^\s,\]}]+/y;

class JsonReader {
  private readonly text: string;
  private readonly places: Places;
  private readonly mistakes: PlacedMistake[];
  private at = 0;
  /** Where the value that was read last begins. */
  private valueAt = 0;
  private depth = 0;
  tooDeep = false;

  constructor(text: string, places: Places, mistakes: PlacedMistake[]) {
    this.text = text;
    this.places = places;
    this.mistakes = mistakes;
  }

  value(): unknown {
    this.skip(space);
    const start = this.at;
    const opening = this.text[start];
    this.depth += 1;
    if (this.depth > deepest) {
      if (!this.tooDeep) this.note(start, 'the text nests too deeply; a site file has six levels');
      this.tooDeep = true;
      this.at = this.text.length;
      return undefined;
    }
    const value = opening === '{' ? this.object() : opening === '[' ? this.list() : this.scalar();
    this.depth -= 1;
    this.valueAt = start;
    return value;
  }

  private note(offset: number, message: string, seen?: string): void {
    this.mistakes.push({ offset, message, ...(seen === undefined ? {} : { seen }) });
  }

  private skip(pattern: RegExp): void {
    pattern.lastIndex = this.at;
    pattern.test(this.text);
    this.at = pattern.lastIndex;
  }

  /** Strings, numbers and words are short work for JSON.parse once their end is known. */
  private scalar(): unknown {
    const start = this.at;
    if (this.text[start] === '"') {
      do this.at = this.text.indexOf('"', this.at + 1);
      while (this.isEscaped());
      this.at += 1;
    } else {
      this.skip(atom);
    }
    return JSON.parse(this.text.slice(start, this.at));
  }

  /** Whether the quote that was reached belongs to the string: an odd number of backslashes stands before it. */
  private isEscaped(): boolean {
    let before = this.at - 1;
    while (this.text[before] === '\\') before -= 1;
    return (this.at - before) % 2 === 0;
  }

  private object(): unknown {
    const object: Record<string, unknown> = {};
    this.items('}', () => {
      const start = this.at;
      const key = String(this.scalar());
      this.skip(space);
      this.at += 1;
      const value = this.value();
      if (Object.hasOwn(object, key)) {
        this.note(start, `key ${quoteValue(key)} appears twice in one mapping`, quoteValue(key));
        return;
      }
      // Plain assignment to __proto__ would set the prototype.
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      this.places.note(object, key, start, this.valueAt);
    });
    return object;
  }

  private list(): unknown {
    const list: unknown[] = [];
    this.items(']', () => {
      list.push(this.value());
      this.places.note(list, list.length - 1, this.valueAt, this.valueAt);
    });
    return list;
  }

  private items(close: string, item: () => void): void {
    do {
      this.at += 1;
      this.skip(space);
      if (this.text[this.at] === close) break;
      item();
      this.skip(space);
    } while (this.text[this.at] === ',');
    this.at += 1;
  }
}

/**
 * Reads text that JSON.parse has accepted, and notes what JSON.parse cannot say: where everything stands, keys that
 * appear twice in one object, and nesting that no site file has (then the value is undefined).
 */
export function readPlacedJson(text: string, places: Places, mistakes: PlacedMistake[]): unknown {
  const reader = new JsonReader(text, places, mistakes);
  const value = reader.value();
  return reader.tooDeep ? undefined : value;
}
