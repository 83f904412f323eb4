import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendUnixDatagrams } from '../../system/unix-datagram.ts';
import { addressOf } from './look-up.ts';
import { NotTold } from './not-told.ts';
import type { Syslog } from './syslog.ts';
import { SyslogStream } from './syslog-stream.ts';

/** A way to a syslog server, kept open between two writes where there is something to keep open. */
export interface SyslogLine {
  /** Resolves when the other side has them, as far as that can be known. Rejects when some of them may be lost. */
  write(messages: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}

export function createSyslogLine(syslog: Syslog): SyslogLine {
  if (syslog.transport === 'udp') return udpLine(syslog);
  if (syslog.transport === 'unix') return unixLine(syslog);
  return new SyslogStream(syslog);
}

/** Milliseconds in which a host says that nobody listens there (ICMP); all that there is to know of datagrams. */
const complaintTime = 100;
/** Datagrams that are sent at once, and the pause before the next: the buffers of receivers are small. */
const burst = 50;
const pause = 5;

/** RFC 5426: one message, one datagram. Nobody says that it arrived. */
function udpLine({ server, port }: Syslog): SyslogLine {
  return {
    async write(messages, signal) {
      const { address, family } = await addressOf(server).catch((cause: Error) => {
        throw new NotTold(`syslog server "${server}": ${cause.message}`, { cause });
      });
      signal.throwIfAborted();
      const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      try {
        await new Promise<void>((resolve, reject) => {
          socket.once('error', reject);
          socket.connect(port, address, () => resolve());
        });
        let complaint: Error | undefined;
        socket.on('error', (error) => {
          complaint ??= error;
        });
        for (const [at, message] of messages.entries()) {
          await new Promise<void>((resolve) =>
            socket.send(message, (error) => {
              if (error) complaint ??= error;
              resolve();
            }),
          );
          if (at % burst === burst - 1) await sleep(pause);
          if (complaint !== undefined || signal.aborted) break;
        }
        await sleep(complaintTime);
        if (complaint !== undefined) throw complaint;
        signal.throwIfAborted();
      } catch (cause) {
        throw new NotTold(`syslog server "${server}:${port}" (UDP): ${(cause as Error).message}`, { cause });
      } finally {
        socket.close();
      }
    },
    close() {},
  };
}

function unixLine({ server }: Syslog): SyslogLine {
  return {
    async write(messages, signal) {
      try {
        await sendUnixDatagrams(server, messages, signal);
      } catch (cause) {
        throw new NotTold(`syslog socket "${server}": ${(cause as Error).message}`, { cause });
      }
    },
    close() {},
  };
}
