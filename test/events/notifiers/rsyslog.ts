import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startChild } from './child-server.ts';
import { type Scope, until } from './open-notifiers.ts';

/** One message as rsyslog read it (RFC 5424). */
export interface SyslogMessage {
  readonly facility: string;
  readonly severity: string;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly type: string;
  /** Structured data as it was sent. */
  readonly data: string;
  readonly text: string;
}

export interface Rsyslog {
  readonly messages: () => SyslogMessage[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface RsyslogOptions {
  readonly directory: string;
  readonly tcp?: number;
  readonly udp?: number;
  readonly tls?: { readonly port: number; readonly caFile: string; readonly cert: string; readonly key: string };
  /** Path of a datagram socket. */
  readonly unix?: string;
}

/** Values of structured data by name, unescaped. */
export function valuesOf({ data }: SyslogMessage): Record<string, string> {
  const found = [...data.matchAll(/ ([^ =\]"]+)="((?:[^"\\\]]|\\.)*)"/g)];
  return Object.fromEntries(found.map(([, name, value]) => [name, value?.replace(/\\(["\\\]])/g, '$1')]));
}

/** Debian's rsyslog in a directory of its own, without any of the system's sources. Ended with the scope. */
export async function startRsyslog(scope: Scope, options: RsyslogOptions): Promise<Rsyslog> {
  const { directory, tcp, udp, tls, unix } = options;
  const out = join(directory, 'messages');
  const fields = {
    facility: 'syslogfacility-text',
    severity: 'syslogseverity-text',
    time: 'timereported',
    host: 'hostname',
    app: 'app-name',
    type: 'msgid',
    data: 'structured-data',
    text: 'msg',
  };
  const parts = Object.entries(fields).map(
    ([name, property]) =>
      `property(name="${property}" outname="${name}" format="jsonf"${name === 'time' ? ' dateFormat="rfc3339"' : ''})`,
  );
  const config = [
    'global(maxMessageSize="64k")',
    `template(name="line" type="list") { constant(value="{") ${parts.join(' constant(value=",") ')} constant(value="}\\n") }`,
    `ruleset(name="all") { action(type="omfile" file="${out}" template="line" flushOnTXEnd="on") }`,
    ...(tcp === undefined
      ? []
      : ['module(load="imptcp")', `input(type="imptcp" address="127.0.0.1" port="${tcp}" ruleset="all")`]),
    ...(udp === undefined
      ? []
      : ['module(load="imudp")', `input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="all")`]),
    ...(unix === undefined
      ? []
      : [
          'module(load="imuxsock" sysSock.use="off")',
          `input(type="imuxsock" Socket="${unix}" UseSpecialParser="off" ruleset="all" CreatePath="on")`,
        ]),
    ...(tls === undefined
      ? []
      : [
          `module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")`,
          `input(type="imtcp" address="127.0.0.1" port="${tls.port}" ruleset="all" streamDriver.caFile="${tls.caFile}" streamDriver.certFile="${tls.cert}" streamDriver.keyFile="${tls.key}")`,
        ]),
  ];
  const file = join(directory, 'rsyslog.conf');
  writeFileSync(file, `${config.join('\n')}\n`);
  const server = startChild(scope, 'rsyslogd', ['-n', '-f', file, '-i', join(directory, 'rsyslog.pid')]);
  const port = tcp ?? tls?.port;
  await until('rsyslog', async () => {
    if (server.process.exitCode !== null) throw new Error(`rsyslog ended: ${server.errors.join('\n')}`);
    if (unix !== undefined || udp !== undefined) return isListening(unix, udp);
    return port !== undefined && (await answers(port));
  });
  const messages = (): SyslogMessage[] => {
    const lines = read(out).split('\n');
    // The last one may be half written.
    return lines.slice(0, -1).map((line) => JSON.parse(`${line}`) as SyslogMessage);
  };
  return { messages, stop: (signal = 'SIGTERM') => server.stop(signal) };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The kernel's own lists know who waits for datagrams. */
function isListening(unix: string | undefined, udp: number | undefined): boolean {
  if (unix !== undefined && !read('/proc/self/net/unix').includes(unix)) return false;
  if (udp === undefined) return true;
  return read('/proc/self/net/udp').includes(`:${udp.toString(16).toUpperCase().padStart(4, '0')} `);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
