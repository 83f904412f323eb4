import { AppError } from '../errors/app-error.ts';

/** Bytes that are read; the output of a tool for a million NICs is smaller. */
export const largestImport = 64 * 2 ** 20;

/**
 * Bytes as text: UTF-8, or UTF-16 with a byte order mark, which PowerShell before 6 writes. Throws `import-unreadable`.
 */
export function decodeImport(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError(
      'import-unreadable',
      `The text is not ${encoding.toUpperCase()}; expected UTF-8, or UTF-16 with a byte order mark.`,
      {
        cause,
      },
    );
  }
}
