import type { z } from 'zod';
import type { Notifier } from './alert-rule.ts';
import type { notifierSchema } from './notifiers-schema.ts';
import { quoteValue } from './quote-value.ts';

type Input = z.output<typeof notifierSchema>;
type Key = Exclude<keyof Input, 'name' | 'kind' | 'atLeast' | 'onlyNamed'>;
type RefuseKey = (key: string, message: string, seen: string, expected: string) => void;

/** Keys that each kind takes; those that it needs come first. */
const keysOf: Readonly<Record<Input['kind'], { readonly needs: readonly Key[]; readonly takes: readonly Key[] }>> = {
  webhook: { needs: ['url'], takes: ['secretFile', 'caFile'] },
  chat: { needs: ['form'], takes: ['url', 'urlFile', 'room', 'tokenFile', 'caFile'] },
  email: { needs: ['server', 'from', 'to'], takes: ['port', 'security', 'user', 'passwordFile', 'caFile'] },
  syslog: { needs: [], takes: ['server', 'port', 'transport', 'caFile', 'audit', 'clear'] },
  command: { needs: ['program'], takes: [] },
};

const mailPorts = { tls: 465, starttls: 587, none: 25 } as const;
/** RFC 5426, 6587 and 5425. A unix socket has none. */
const syslogPorts = { udp: 514, tcp: 601, tls: 6514, unix: 0 } as const;

const common = new Set(['name', 'kind', 'atLeast', 'onlyNamed']);

function checkKeys(input: Input, refuse: RefuseKey): boolean {
  const { needs, takes } = keysOf[input.kind];
  const known: readonly string[] = [...needs, ...takes];
  const given = Object.entries(input).flatMap(([key, value]) => (value === undefined || common.has(key) ? [] : [key]));
  for (const key of given) {
    if (known.includes(key)) continue;
    refuse(key, `a notifier of kind "${input.kind}" takes no "${key}"`, quoteValue(key), `one of ${known.join(', ')}`);
  }
  const missing = needs.filter((key) => input[key] === undefined);
  for (const key of missing)
    refuse('', `a notifier of kind "${input.kind}" needs "${key}"`, `no "${key}"`, `a key "${key}"`);
  return missing.length === 0;
}

function draftChat(input: Input, refuse: RefuseKey): Notifier | undefined {
  const { name, atLeast, onlyNamed, form = 'slack', url, urlFile } = input;
  if ((url === undefined) === (urlFile === undefined)) {
    const expected = 'either "url" or "urlFile"';
    refuse('', `a notifier of kind "chat" needs ${expected}`, url === undefined ? 'neither' : 'both', expected);
    return undefined;
  }
  for (const key of ['room', 'tokenFile'] as const) {
    if (form === 'matrix' && input[key] === undefined)
      refuse('', `a chat of form "matrix" needs "${key}"`, `no "${key}"`, `a key "${key}"`);
    if (form === 'slack' && input[key] !== undefined)
      refuse(key, `a chat of form "slack" takes no "${key}"`, quoteValue(key), `no "${key}"`);
  }
  const rest = present(input, ['url', 'urlFile', 'room', 'tokenFile', 'caFile']);
  return { kind: 'chat', name, atLeast, onlyNamed, form, ...rest };
}

/** Who signs in over a connection that anybody can read tells his password to anybody. */
function checkPassword(input: Input, refuse: RefuseKey): void {
  if ((input.user === undefined) !== (input.passwordFile === undefined)) {
    const expected = 'both "user" and "passwordFile", or neither';
    refuse('', `who signs in has a name and a password: expected ${expected}`, 'one of them', expected);
  }
  if (input.passwordFile !== undefined && input.security === 'none') {
    const message = 'a password would travel in clear; expected security "starttls" or "tls"';
    refuse('security', message, '"none"', '"starttls" or "tls"');
  }
}

function draftSyslog(input: Input, refuse: RefuseKey): Notifier | undefined {
  const { name, atLeast, onlyNamed, transport = 'udp', audit = false, clear = false, caFile } = input;
  const path = input.server?.startsWith('/') ?? false;
  const server = input.server ?? (transport === 'unix' ? '/dev/log' : undefined);
  if (server === undefined || path !== (transport === 'unix' && input.server !== undefined)) {
    const expected = transport === 'unix' ? 'the path of a socket such as "/dev/log"' : 'a host name or an address';
    const seen = server === undefined ? 'no "server"' : quoteValue(server);
    refuse(
      server === undefined ? '' : 'server',
      `syslog over ${transport} needs ${expected} as "server"`,
      seen,
      expected,
    );
    return undefined;
  }
  const port = input.port ?? syslogPorts[transport];
  const files = caFile === undefined ? {} : { caFile };
  return { kind: 'syslog', name, atLeast, onlyNamed, server, port, transport, audit, clear, ...files };
}

/** Only what is there: a key that is absent stays absent. */
function present<K extends Key>(input: Input, keys: readonly K[]): { [Each in K]?: NonNullable<Input[Each]> } {
  return Object.fromEntries(keys.flatMap((key) => (input[key] === undefined ? [] : [[key, input[key]]]))) as {
    [Each in K]?: NonNullable<Input[Each]>;
  };
}

/** Undefined when keys are missing without which it cannot tell anybody. */
export function draftNotifier(input: Input, refuse: RefuseKey): Notifier | undefined {
  const { kind, name, atLeast, onlyNamed } = input;
  const base = { name, atLeast, onlyNamed };
  if (!checkKeys(input, refuse)) return undefined;
  if (kind === 'command') return { ...base, kind, program: input.program as string };
  if (kind === 'syslog') return draftSyslog(input, refuse);
  if (kind === 'chat') return draftChat(input, refuse);
  if (kind === 'webhook')
    return { ...base, kind, url: input.url as string, ...present(input, ['secretFile', 'caFile']) };
  checkPassword(input, refuse);
  const security = input.security ?? 'starttls';
  const sender = { server: input.server as string, from: input.from as string, to: input.to as string[] };
  const port = input.port ?? mailPorts[security];
  return { ...base, kind, ...sender, port, security, ...present(input, ['user', 'passwordFile', 'caFile']) };
}
