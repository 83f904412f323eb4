import { createHmac } from 'node:crypto';
import type { Notifier } from '../../model/alert-rule.ts';
import type { Clock } from '../../system/clock.ts';
import { callHttp, readUrl } from './http-call.ts';
import { NotTold } from './not-told.ts';
import { renderJson } from './outgoing.ts';
import { readSecret } from './secret-file.ts';
import type { Sender } from './sender.ts';

type Webhook = Extract<Notifier, { readonly kind: 'webhook' }>;

/** Bytes that a key has at least and at most, as Standard Webhooks wants them. */
const keyBytes = { least: 24, most: 64 };

/**
 * Keys in a secret file, one on each line, at most three: while a key is replaced, both sign. `whsec_` and base64, as
 * Standard Webhooks has it. Throws NotTold, which shows nothing of them.
 */
function readKeys(text: string, file: string): Buffer[] {
  const lines = text.split(/\s+/).filter((line) => line !== '');
  if (lines.length > 3) throw new NotTold(`secret file "${file}" holds ${lines.length} keys; expected 3 at most`);
  return lines.map((line, at) => {
    const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const key = Buffer.from(base64 ?? '', 'base64');
    if (key.length < keyBytes.least || key.length > keyBytes.most)
      throw new NotTold(
        `key ${at + 1} in secret file "${file}" is none; expected "whsec_" and ${keyBytes.least} to ${keyBytes.most} bytes in base64: (printf whsec_; openssl rand -base64 32) > ${file}`,
      );
    return key;
  });
}

/** `v1,` and the HMAC-SHA-256 of id, time and body for each key (standardwebhooks.com). `seconds` since the epoch. */
function signWebhook(keys: readonly Buffer[], id: string, seconds: number, body: string): string {
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`)
    .join(' ');
}

export function webhookSender({ url, secretFile, caFile }: Webhook, clock: Clock): Sender {
  return {
    takes: 'each',
    async send(messages, signal) {
      for (const message of messages) {
        const body = renderJson(message);
        // When it is tried, not when it happened: a receiver may refuse what is minutes old, to keep replays out.
        const seconds = Math.floor(clock.now() / 1000);
        const headers: Record<string, string> = {
          'Content-Type': 'application/json',
          'webhook-id': message.id,
          'webhook-timestamp': String(seconds),
        };
        if (secretFile !== undefined) {
          const keys = readKeys(await readSecret(secretFile), secretFile);
          headers['webhook-signature'] = signWebhook(keys, message.id, seconds, body);
        }
        await callHttp({ method: 'POST', url: readUrl(url), headers, body, caFile }, signal);
      }
      return undefined;
    },
    close() {},
  };
}
