import { connect, isIP, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { Notifier } from '../../model/alert-rule.ts';
import { isLoopback } from './http-call.ts';
import { lookUp } from './look-up.ts';
import { describeTrouble, NotTold } from './not-told.ts';
import { idOfAll, type Outgoing } from './outgoing.ts';
import { renderSubject, renderText } from './render-text.ts';
import { readSecret } from './secret-file.ts';
import type { Sender } from './sender.ts';
import { trustOf } from './trust.ts';

type Email = Extract<Notifier, { readonly kind: 'email' }>;

/** Milliseconds without an answer of the server. */
const patience = 15_000;

/** A name that can stand behind the `@` of a message id. */
const idHost = (host: string): string => host.replace(/[^A-Za-z0-9.-]/g, '-') || 'localhost';

/** All messages of one alert refer to the same id, which no message has: mail programs show them as one thread. */
function threadHeaders(messages: readonly Outgoing[]): object {
  const [first] = messages;
  if (first === undefined || messages.length > 1 || first.stage === 'test') return {};
  const thread = `<alert-${first.alert.id}-${first.alert.since.toString(36)}@${idHost(first.host)}>`;
  return { references: thread, inReplyTo: thread };
}

async function readLogin({ user, passwordFile, security, server }: Email) {
  if (user === undefined || passwordFile === undefined) return undefined;
  if (security === 'none' && !isLoopback(server))
    throw new NotTold(`the password would go to "${server}" in clear; expected "security: starttls" or "tls"`);
  return { user, pass: await readSecret(passwordFile) };
}

/** What is sent: plain text, one line of subject, and ids by which a second try is the same message. */
function letterOf(email: Email, messages: readonly Outgoing[]) {
  const host = idHost(messages[0]?.host ?? 'localhost');
  return {
    from: email.from,
    to: [...email.to],
    subject: renderSubject(messages),
    text: `${renderText(messages)}\n`,
    messageId: `<${idOfAll(messages)}@${host}>`,
    date: new Date(messages[0]?.at ?? 0),
    ...threadHeaders(messages),
    // RFC 3834: nobody's holiday answers it.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function explain(error: unknown, { server, port }: Email, secrets: readonly string[]): NotTold {
  const { responseCode, code, command } = error as { responseCode?: number; code?: string; command?: string };
  const text = describeTrouble(new Error(`mail server "${server}:${port}": ${describeTrouble(error)}`), secrets);
  // 5xx to the message or all its recipients (RFC 5321, 4.2.1); a refused login may be mended without a new message.
  const refused = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH' && command !== 'CONN';
  return new NotTold(text, { refused, cause: error });
}

export function emailSender(email: Email): Sender {
  const { server, port, security, caFile } = email;
  return {
    takes: 'digest',
    async send(messages, signal) {
      const [auth, secureContext] = await Promise.all([readLogin(email), trustOf(caFile)]);
      const sockets: Socket[] = [];
      const stop = (): void => {
        for (const socket of sockets) socket.destroy(new Error('no answer in time'));
      };
      const transport = createTransport({
        host: server,
        port,
        secure: security === 'tls',
        // Without it a server, or whoever is on the way, could have the letter in clear.
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
        ...(auth === undefined ? {} : { auth }),
        name: idHost(messages[0]?.host ?? 'localhost'),
        tls: {
          secureContext,
          ...(isIP(server) === 0 ? { servername: server } : {}),
        },
        connectionTimeout: patience,
        greetingTimeout: patience,
        socketTimeout: patience,
        disableFileAccess: true,
        disableUrlAccess: true,
        // A socket of ours, so that it can be ended at any time.
        getSocket: (_options: unknown, done: (error: Error | null, made?: { connection: Socket }) => void) => {
          const socket = connect({ host: server, port, timeout: patience, lookup: lookUp });
          sockets.push(socket);
          const fail = (error: Error) => done(error);
          socket.once('error', fail);
          socket.once('timeout', () => socket.destroy(new Error(`did not answer within ${patience / 1000} s`)));
          socket.once('connect', () => {
            socket.off('error', fail);
            socket.removeAllListeners('timeout');
            done(null, { connection: socket });
          });
          if (signal.aborted) stop();
        },
      });
      signal.addEventListener('abort', stop);
      try {
        const { rejected } = await transport.sendMail(letterOf(email, messages));
        // Once more to all would be twice for the others.
        return rejected.length === 0 ? undefined : `mail server "${server}:${port}" refused ${rejected.join(', ')}`;
      } catch (error) {
        throw explain(error, email, auth === undefined ? [] : [auth.pass]);
      } finally {
        signal.removeEventListener('abort', stop);
        transport.close();
        stop();
      }
    },
    close() {},
  };
}
