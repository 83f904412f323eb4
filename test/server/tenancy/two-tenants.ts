import { type Client, clientOf } from '../../../src/client/client.ts';
import { socketTransport } from '../../../src/client/socket-transport.ts';
import type { Call, Transport } from '../../../src/client/transport.ts';
import { type Scope, startTestDaemon, type TestDaemon } from '../../daemon/test-daemon.ts';
import { tenantsSite } from './tenants-site.ts';

/** Somebody who shows a token on the daemon's socket, and every text that was answered to it. */
export interface Tenant {
  readonly client: Client;
  readonly token: string;
  /** Asks as it stands; answers status, headers and text. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly header: (name: string) => string | undefined;
}

/** A transport that shows a token. */
const showing = (transport: Transport, token: string): Transport => ({
  ...transport,
  send: (call: Call) => transport.send({ ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } }),
});

export async function tenantOf(
  daemon: TestDaemon,
  owner: string,
  role: 'viewer' | 'operator' = 'operator',
): Promise<Tenant> {
  const { token } = await daemon.client.access.issueToken({ name: `${owner}-${role}`, role, owner });
  const transport = showing(socketTransport({ socket: daemon.socket }), token);
  return {
    client: clientOf(transport),
    token,
    ask: async (method, path, body, headers = {}) => {
      const answer = await transport.send({
        method,
        path,
        accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { body }),
        headers,
      } as Call);
      let text = '';
      const decoder = new TextDecoder();
      for await (const piece of answer.pieces) text += decoder.decode(piece as Uint8Array, { stream: true });
      return { status: answer.status, text, header: answer.header };
    },
  };
}

/** A daemon with two tenants' things on it. */
export async function startTwoTenants(scope: Scope): Promise<{ daemon: TestDaemon; aster: Tenant; birch: Tenant }> {
  const daemon = await startTestDaemon(scope);
  await daemon.client.apply({ site: tenantsSite });
  const [aster, birch] = [await tenantOf(daemon, 'aster'), await tenantOf(daemon, 'birch')];
  return { daemon, aster, birch };
}
