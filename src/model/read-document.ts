import { Composer, type Document, Lexer, type ParsedNode, Parser } from 'yaml';
import { Places } from './places.ts';
import { plainValue } from './plain-value.ts';

/** A site file is one document; more mistakes of syntax than these nobody reads. */
const mostErrors = 100;

/** Nesting of a site file is six levels deep; each takes up to two places on the parser's stack. */
const deepest = 40;

/** A mistake and the offset in the text that it belongs to. */
export interface PlacedMistake {
  readonly offset: number;
  readonly message: string;
  readonly seen?: string;
  readonly expected?: string;
}

export interface ReadDocument {
  /** Plain objects, lists, strings, numbers, booleans and null; undefined when the text is not YAML. */
  readonly value: unknown;
  readonly mistakes: readonly PlacedMistake[];
  readonly places: Places;
}

/** A site file needs no aliases; a few are a convenience, thousands are an attack ("billion laughs"). */
const mostAliases = 200;

type ParsedDocument = Document.Parsed<ParsedNode>;

/** Duplicate keys are looked for by `plainValue`: the package compares every key of a mapping with every other. */
const options = {
  uniqueKeys: false,
  prettyErrors: false,
  stringKeys: true,
  resolveKnownTags: false,
  logLevel: 'silent',
} as const;

function compose(text: string): { documents: ParsedDocument[]; refused?: PlacedMistake } {
  const parser = new Parser();
  const composer = new Composer<ParsedNode>(options);
  const documents: ParsedDocument[] = [];
  let errors = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      // A directive could switch to YAML 1.1, where 1:30 is ninety and "no" is false.
      if (token.type === 'directive') {
        const message = `directive ${JSON.stringify(token.source.slice(0, 60))} is not accepted; a site file is plain YAML 1.2`;
        return { documents, refused: { offset: token.offset, message } };
      }
      documents.push(...composer.next(token));
      if (token.type === 'error') errors += 1;
    }
    if (lexeme.startsWith('*')) aliases += 1;
    if (aliases > mostAliases) {
      const message = `this is alias number ${aliases}; expected at most ${mostAliases} in a site file`;
      return { documents: [], refused: { offset: parser.offset - lexeme.length, message } };
    }
    if (errors > mostErrors || documents.length > 2) break;
    // The parser keeps its own stack, but the composer recurses: stop long before it could overflow.
    if (parser.stack.length > deepest) {
      const message = 'the text nests too deeply; a site file has six levels';
      return { documents: [], refused: { offset: parser.offset, message } };
    }
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));
  return { documents };
}

/** Reads YAML 1.2 (core schema) text. Mistakes of syntax are listed; there is a value only when there is none. */
export function readDocument(text: string): ReadDocument {
  const places = new Places();
  const { documents, refused } = compose(text);
  if (refused) return { value: undefined, mistakes: [refused], places };
  const [first, second] = documents;
  const mistakes: PlacedMistake[] = [];
  for (const error of documents.flatMap((document) => document.errors).slice(0, mostErrors)) {
    mistakes.push({ offset: error.pos[0], message: `this is not YAML: ${error.message}` });
  }
  if (second) {
    const message = 'a second document begins here; a site file is one document';
    mistakes.push({ offset: second.range[0], message });
  }
  if (mistakes.length > 0) return { value: undefined, mistakes, places };
  return { value: plainValue(first?.contents ?? null, mistakes, places), mistakes, places };
}
