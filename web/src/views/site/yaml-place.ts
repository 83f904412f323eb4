/** Where in a document of YAML a position lies. */
export interface YamlPlace {
  /** Way from the root to what the position is in: keys and indices. */
  readonly path: readonly (string | number)[];
  /** `key`: only a key can stand here; `value`: only a value; `either`: what the schema says about `path`. */
  readonly kind: 'key' | 'value' | 'either';
  /** The word up to the position, and where it begins. */
  readonly word: string;
  readonly from: number;
  /** Keys that the mapping has besides. */
  readonly siblings: readonly string[];
  /** Within `{}` or `[]`. */
  readonly flow: boolean;
  /** Column where the entry begins, from 0: what belongs to it stands further right. */
  readonly column: number;
}

interface Block {
  readonly column: number;
  readonly sequence: boolean;
  key: string;
  index: number;
  readonly keys: string[];
}

interface Flow {
  readonly sequence: boolean;
  key: string | undefined;
  index: number;
  readonly keys: string[];
  /** Where the word begins that is being read. */
  from: number;
}

const scalarKey = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s"'#[\]{},&*!|>%@`-][^#]*?|-[^\s#][^#]*?))\s*:(?=\s|$)/;
const blockScalar = /^[|>][+-]?\d?[+-]?\s*(#.*)?$/;

const bare = (text: string): string => text.trim().replace(/^["']|["']$/g, '');

/** Offset of the last line before `position` that begins in column 0 with a key: nothing above it matters. */
function sectionOf(text: string, position: number): number {
  let line = text.lastIndexOf('\n', position - 1) + 1;
  while (line > 0 && !/[A-Za-z"']/.test(text[line] ?? '')) line = text.lastIndexOf('\n', line - 2) + 1;
  return line;
}

/** Reads one section of block style up to a position: what is unfinished or wrong must not stop it. */
class Scanner {
  readonly #text: string;
  readonly #end: number;
  readonly #blocks: Block[] = [];
  #flows: Flow[] = [];

  constructor(text: string, end: number) {
    this.#text = text;
    this.#end = end;
  }

  placeFrom(start: number): YamlPlace {
    let scalarColumn: number | undefined;
    for (let line = start; line <= this.#end; ) {
      const newline = this.#text.indexOf('\n', line);
      const lineEnd = newline < 0 ? this.#text.length : newline;
      const isLast = this.#end <= lineEnd;
      const content = this.#text.slice(line, isLast ? this.#end : lineEnd);
      const column = content.length - content.trimStart().length;
      const isEmpty = content.trim() === '' || content.trimStart().startsWith('#');
      if (scalarColumn !== undefined && (isEmpty ? isLast && column > scalarColumn : column > scalarColumn)) {
        if (isLast) return this.#place('value', content.trimStart(), line + column, column);
      } else if (isLast) return this.#lastLine(content, line, column);
      else if (!isEmpty) {
        scalarColumn = undefined;
        const rest = this.#entries(content, line);
        if (/^[[{]/.test(this.#text.slice(rest, rest + 1))) {
          const after = this.#readFlow(rest);
          if (this.#flows.length > 0) return this.#flowPlace();
          const next = this.#text.indexOf('\n', after);
          if (next < 0 || next >= this.#end) return this.#place('value', '', this.#end, column);
          line = next + 1;
          continue;
        }
        if (blockScalar.test(this.#text.slice(rest, lineEnd))) scalarColumn = this.#blocks.at(-1)?.column ?? 0;
      }
      line = lineEnd + 1;
    }
    return this.#place('either', '', this.#end, 0);
  }

  /** The line of the position. */
  #lastLine(content: string, line: number, column: number): YamlPlace {
    const rest = this.#entries(content, line) - line;
    const word = content.slice(rest);
    const first = word[0] ?? '';
    if (first === '[' || first === '{') {
      this.#readFlow(line + rest);
      return this.#flows.length > 0 ? this.#flowPlace() : this.#place('value', '', this.#end, column);
    }
    const isValue = /:\s+$/.test(content.slice(0, rest));
    if (isValue) return this.#place('value', word, line + rest, this.#blocks.at(-1)?.column ?? column);
    // Nothing tells yet whether this becomes a key: the column says to whose mapping it would belong.
    const at = rest;
    const dashed = /-\s+$/.test(content.slice(0, rest));
    if (!dashed) this.#leave(at, false);
    const top = this.#blocks.at(-1);
    const sibling = top && !top.sequence && top.column === at;
    if (sibling) return this.#place('either', word, line + rest, at, top);
    return this.#place('either', word, line + rest, at);
  }

  /** Enters the dashes and the key of a line; answers the offset of what follows them. */
  #entries(content: string, line: number): number {
    let at = content.length - content.trimStart().length;
    for (;;) {
      const rest = content.slice(at);
      const dash = /^-(\s+|$)/.exec(rest);
      if (dash) {
        this.#leave(at, true);
        const top = this.#blocks.at(-1);
        if (top?.sequence && top.column === at) top.index += 1;
        else this.#blocks.push({ column: at, sequence: true, key: '', index: 0, keys: [] });
        at += dash[0].length;
        if (dash[1] === '') return line + at;
        continue;
      }
      const key = scalarKey.exec(rest);
      if (!key) return line + at;
      // A key with the position right behind its colon is written, its value is not begun.
      this.#leave(at, false);
      const name = key[1] ?? key[2] ?? key[3] ?? '';
      const top = this.#blocks.at(-1);
      if (top && !top.sequence && top.column === at) top.key = name;
      else this.#blocks.push({ column: at, sequence: false, key: name, index: 0, keys: [] });
      this.#blocks.at(-1)?.keys.push(name);
      const behind = rest.slice(key[0].length);
      return line + at + key[0].length + (behind.length - behind.trimStart().length);
    }
  }

  /** Leaves what stands further right than a column; a key in the column of a sequence ends that, too. */
  #leave(column: number, dash: boolean): void {
    for (let top = this.#blocks.at(-1); top; top = this.#blocks.at(-1)) {
      const isOver = top.column > column || (!dash && top.sequence && top.column === column && this.#hasMapAt(column));
      if (!isOver) return;
      this.#blocks.pop();
    }
  }

  #hasMapAt(column: number): boolean {
    return this.#blocks.some((block) => !block.sequence && block.column === column);
  }

  /** Reads `{}` and `[]` from their first bracket; answers the offset behind them, or the end. */
  #readFlow(start: number): number {
    const text = this.#text;
    this.#flows = [];
    let at = start;
    while (at < this.#end) {
      const sign = text[at] ?? '';
      const top = this.#flows.at(-1);
      if (sign === '"' || sign === "'") {
        at = this.#behindQuote(at, sign);
        continue;
      }
      if (sign === '#' && /\s/.test(text[at - 1] ?? ' ')) {
        const newline = text.indexOf('\n', at);
        at = newline < 0 ? this.#end : Math.min(newline, this.#end);
        continue;
      }
      at += 1;
      if (sign === '{' || sign === '[')
        this.#flows.push({ sequence: sign === '[', key: undefined, index: 0, keys: [], from: at });
      else if (sign === '}' || sign === ']') {
        this.#flows.pop();
        if (this.#flows.length === 0) return at;
      } else if (top && sign === ',') {
        top.key = undefined;
        top.index += 1;
        top.from = at;
      } else if (top && sign === ':' && !top.sequence && top.key === undefined && this.#endsKey(at)) {
        top.key = bare(text.slice(top.from, at - 1));
        top.keys.push(top.key);
        top.from = at;
      }
    }
    return at;
  }

  #endsKey(at: number): boolean {
    return at >= this.#end || /[\s,\]}"'[{]/.test(this.#text[at] ?? ' ') || /["']/.test(this.#text[at - 2] ?? '');
  }

  #behindQuote(at: number, quote: string): number {
    for (let i = at + 1; i < this.#end; i += 1) {
      if (quote === '"' && this.#text[i] === '\\') i += 1;
      else if (this.#text[i] === quote) return i + 1;
    }
    return this.#end;
  }

  #flowPlace(): YamlPlace {
    const top = this.#flows.at(-1) as Flow;
    const raw = this.#text.slice(top.from, this.#end);
    const word = raw.trimStart();
    const path: (string | number)[] = this.#blockPath();
    for (const flow of this.#flows) {
      if (flow.sequence) path.push(flow.index);
      else if (flow.key !== undefined) path.push(flow.key);
    }
    const kind = top.sequence ? 'either' : top.key === undefined ? 'key' : 'value';
    const from = this.#end - word.length;
    return { path, kind, word, from, siblings: top.keys, flow: true, column: this.#blocks.at(-1)?.column ?? 0 };
  }

  #blockPath(besides?: Block): (string | number)[] {
    return this.#blocks
      .filter((block) => block !== besides)
      .map(({ sequence, key, index }) => (sequence ? index : key));
  }

  /** `inside`: the mapping whose next key is being written; its own key is no part of the way. */
  #place(kind: YamlPlace['kind'], word: string, from: number, column: number, inside?: Block): YamlPlace {
    const path = this.#blockPath(inside);
    const siblings = inside?.keys ?? [];
    return { path, kind, word, from, siblings, flow: false, column };
  }
}

/** Keys of the mapping that follow on the lines behind a position, `column` being where they begin. */
function keysBehind(text: string, position: number, column: number): string[] {
  const keys: string[] = [];
  const end = text.indexOf('\n', position);
  if (end < 0) return keys;
  for (const line of text.slice(end + 1, end + 20_000).split('\n')) {
    const content = line.trimStart();
    if (content === '' || content.startsWith('#')) continue;
    const at = line.length - content.length;
    if (at < column || (at === column && content.startsWith('-'))) break;
    const key = at === column ? scalarKey.exec(content) : null;
    if (key) keys.push(key[1] ?? key[2] ?? key[3] ?? '');
  }
  return keys;
}

/** Where a position of a text lies, also while what stands there is no YAML yet. */
export function yamlPlaceAt(text: string, position: number): YamlPlace {
  const place = new Scanner(text, position).placeFrom(sectionOf(text, position));
  if (place.kind !== 'either' || place.flow) return place;
  if (place.path.length === 0) {
    const keys = [...text.matchAll(/^([A-Za-z][\w-]*)\s*:/gm)].filter(({ index }) => index !== place.from);
    return { ...place, siblings: keys.map(([, key = '']) => key) };
  }
  return { ...place, siblings: [...place.siblings, ...keysBehind(text, position, place.column)] };
}
