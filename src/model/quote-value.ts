const longest = 100;

/**
 * A value as it stands in a message: quoted as JSON, cut after 100 characters, with every character that could move
 * a terminal's cursor or turn the reading direction escaped. What a file holds is not to be trusted with a terminal.
 */
export function quoteValue(value: unknown): string {
  const whole = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const cut = whole.length > longest ? `${whole.slice(0, longest)}…` : whole;
  const text = typeof value === 'string' ? JSON.stringify(cut) : cut;
  return escapeControls(text);
}

/** Escapes C0 and C1 controls, line separators and bidirectional marks as `\uXXXX`. Tabs stay. */
export function escapeControls(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
