import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { withDeadline } from './deadline.ts';
import { lookUp } from './look-up.ts';
import { describeTrouble, NotTold, oneLine } from './not-told.ts';
import { trustOf } from './trust.ts';

/** Milliseconds for the whole of a call. */
const longestCall = 15_000;
/** Bytes of an answer that are read. */
const longestAnswer = 65_536;
/** The message itself is at fault (RFC 9110). */
const refusing = new Set([400, 413, 415, 422]);

interface HttpCall {
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly caFile?: string | undefined;
  /** Never shown, also where an answer echoes them. */
  readonly secrets?: readonly string[];
}

interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Reads the URL of a notifier. What stands in the path may be a secret, so it is not shown. Throws NotTold. */
export function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol))
    throw new NotTold('the URL of the notifier is none; expected one that begins with "https://"');
  return url;
}

/** Nothing leaves this host on the way there. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/**
 * Calls once and resolves for a status of 2xx. A redirect is an answer like any other that is not 2xx: what is signed
 * or bears a token goes to the named host only. Rejects with NotTold, which names the host and not the path.
 */
export async function callHttp(call: HttpCall, signal: AbortSignal): Promise<void> {
  const trust = call.url.protocol === 'https:' ? await trustOf(call.caFile) : undefined;
  const answer = await withDeadline(signal, longestCall, (either, late) =>
    exchange(call, trust, either).catch((error: unknown) => {
      const why = late() ? `did not answer within ${longestCall / 1000} s` : `cannot be told: ${reason(error)}`;
      throw new NotTold(describeTrouble(new Error(`"${call.url.host}" ${why}`), call.secrets), { cause: error });
    }),
  );
  if (answer.status < 200 || answer.status > 299) throw refusal(call, answer);
}

function reason(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: readonly Error[] };
  // Several addresses of one name were tried: the first failure stands for all.
  return message || errors?.[0]?.message || code || 'no answer';
}

function exchange(call: HttpCall, trust: SecureContext | undefined, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, method, body } = call;
  const headers = { 'User-Agent': 'Bridgekeeper', ...call.headers, 'Content-Length': Buffer.byteLength(body) };
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      // No connection outlives its call: nothing to go stale between two alerts.
      {
        method,
        headers,
        signal,
        agent: false,
        lookup: lookUp,
        ...(trust === undefined ? {} : { secureContext: trust }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const finish = (): void => {
          const text = Buffer.concat(chunks).toString('utf8').slice(0, longestAnswer);
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text });
        };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size <= longestAnswer) return;
          finish();
          response.destroy();
        });
        response.on('end', finish);
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function refusal({ url, secrets }: HttpCall, { status, retryAfter, text }: HttpAnswer): NotTold {
  const said = text.trim() === '' ? '' : `: ${oneLine(text, 200)}`;
  const why =
    status >= 300 && status < 400
      ? `answered ${status}, which leads elsewhere; redirects are not followed: name the URL that it leads to`
      : `answered ${status}${said}`;
  return new NotTold(describeTrouble(new Error(`"${url.host}" ${why}`), secrets), {
    refused: refusing.has(status),
    leaveAlone: status === 429 || status === 503 ? readRetryAfter(retryAfter, text) : undefined,
  });
}

/** Milliseconds: seconds or a date in the header (RFC 9110, 10.2.3), or `retry_after_ms` of Matrix. */
export function readRetryAfter(header: string | undefined, body: string, now = Date.now()): number | undefined {
  if (header !== undefined && /^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = header === undefined ? Number.NaN : Date.parse(header);
  if (Number.isFinite(date)) return Math.max(0, date - now);
  const [, milliseconds] = /"retry_after_ms"\s*:\s*(\d{1,12})/.exec(body) ?? [];
  return milliseconds === undefined ? undefined : Number(milliseconds);
}
