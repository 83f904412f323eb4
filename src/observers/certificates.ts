import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Observer } from '../events/contract.ts';
import { defaultWatch } from '../model/watch-schema.ts';
import { Lasting } from './lasting.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';

const lookEvery = 30_000;
/** No chain of certificates is longer. */
const largest = 1_000_000;

/** A file as it was when it was last read. */
interface Known {
  readonly mark: string;
  /** The first to expire and the last to begin to hold, of all in the file (ms since the epoch). */
  readonly until: number;
  readonly from: number;
  readonly name: string;
}

const begin = '-----BEGIN CERTIFICATE-----';

/** Certificates of a file, PEM (any number) or DER (one). Throws for what is none. */
export function readCertificates(content: Buffer): X509Certificate[] {
  const text = content.toString('latin1');
  if (!text.includes(begin)) return [new X509Certificate(content)];
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
    ([pem]) => new X509Certificate(pem),
  );
}

/** How long certificates still hold. A file is read again when it has changed. */
export class CertificateObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  readonly #known = new Map<string, Known>();
  readonly #troubled: Lasting;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#troubled = new Lasting(parts);
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'certificates cannot be looked at',
      log: parts.log,
    });
  }

  start(): void {
    this.#troubled.adopt('certificate', ({ subject }) => subject.object);
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async look(): Promise<void> {
    const paths = this.#parts.site()?.watch?.certificates ?? defaultWatch.certificates;
    for (const path of this.#known.keys()) if (!paths.includes(path)) this.#known.delete(path);
    for (const path of this.#troubled.keys()) {
      if (!paths.includes(path)) this.#troubled.over(path, `certificate "${path}" is not watched any more`);
    }
    for (const path of paths) {
      try {
        const known = await this.#read(path);
        this.#trouble(path, this.#give(path, known));
      } catch (error) {
        this.#known.delete(path);
        const { code, message } = error as NodeJS.ErrnoException;
        const why = code?.startsWith('ERR_')
          ? `it holds no certificate: ${message}`
          : code === 'ENOENT'
            ? 'there is no such file'
            : message;
        const text = `certificate "${path}" cannot be read: ${why.slice(0, 200)}`;
        this.#trouble(path, text);
        // Whatever uses it will not get it either: as good as expired.
        const at = this.#parts.clock.now();
        this.#parts.readings.read({ condition: 'certificate', subject: { object: path }, value: 0, at, seen: text });
      }
    }
  }

  async #read(path: string): Promise<Known> {
    const found = await stat(path);
    const { mtimeMs, size, ino } = found;
    const mark = `${mtimeMs} ${size} ${ino}`;
    const known = this.#known.get(path);
    if (known?.mark === mark) return known;
    // A pipe would be waited for.
    if (!found.isFile()) throw new Error('it is no file');
    if (size > largest) throw new Error(`its ${size} bytes are too many`);
    const all = readCertificates(await readFile(path)).map((one) => ({
      until: Date.parse(one.validTo),
      from: Date.parse(one.validFrom),
      name: one.subject?.replaceAll('\n', ', ') ?? '',
    }));
    if (all.length === 0) throw new Error('it holds no certificate');
    const first = all.reduce((a, b) => (b.until < a.until ? b : a));
    const fresh = { mark, until: first.until, from: Math.max(...all.map(({ from }) => from)), name: first.name };
    this.#known.set(path, fresh);
    return fresh;
  }

  /** Answers what is wrong with it already. */
  #give(path: string, { until, from, name }: Known): string | undefined {
    const now = this.#parts.clock.now();
    const seconds = Math.round((until - now) / 1000);
    const seen = `${name || 'certificate'}: valid until ${new Date(until).toISOString()}`;
    this.#parts.readings.read({ condition: 'certificate', subject: { object: path }, value: seconds, at: now, seen });
    if (seconds <= 0) return `certificate "${path}" has expired at ${new Date(until).toISOString()}`;
    return from > now ? `certificate "${path}" does not hold before ${new Date(from).toISOString()}` : undefined;
  }

  #trouble(path: string, text: string | undefined): void {
    if (text === undefined) this.#troubled.over(path, `certificate "${path}" is well again`);
    else
      this.#troubled.begin(path, {
        kind: 'certificate',
        severity: 'critical',
        subject: { object: path },
        detail: 'certificate',
        text,
      });
  }
}
