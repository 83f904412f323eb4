/** Why a notifier could not be told, as one sentence that names no secret. Never leaves the notifiers but as a text. */
export class NotTold extends Error {
  /** The message itself was refused: the same again will hardly fare better. */
  readonly refused: boolean;
  /** Milliseconds that whoever was told asked to be left alone for. */
  readonly leaveAlone: number | undefined;

  constructor(text: string, options: { refused?: boolean; leaveAlone?: number | undefined; cause?: unknown } = {}) {
    super(text, { cause: options.cause });
    this.name = 'NotTold';
    this.refused = options.refused ?? false;
    this.leaveAlone = options.leaveAlone;
  }
}

/** Whatever went wrong, as one line of at most 500 characters. */
export function describeTrouble(error: unknown, secrets: readonly string[] = []): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  // Who answers may echo what it was sent. Shorter ones, such as the path `/`, are no secrets.
  const clean = secrets.filter((secret) => secret.length > 3).reduce((shown, one) => shown.replaceAll(one, '…'), text);
  return oneLine(clean, 500);
}

/** Control characters, line ends, and what turns the direction of writing around. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** The text on one line, without control characters, cut between characters. */
export function oneLine(text: string, longest: number): string {
  const line = text.replace(unprintable, ' ').trim();
  if (line.length <= longest) return line;
  return `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
