import { Agent, type ClientRequest, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { StrangeRequest } from './strange-requests.ts';

/** How a daemon is reached. */
export type Door = { readonly socket: string } | { readonly port: number; readonly token: string };

export interface Heard {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Characters of an answer that are looked at: a thousand mistakes of a site are 250,000. */
const most = 2_000_000;
/** Requests under way at a time. */
const atOnce = 16;

function open(door: Door, agent: Agent | TlsAgent, { method, path, headers, body }: StrangeRequest): ClientRequest {
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const all = { ...headers, ...length };
  if ('socket' in door) return plainRequest({ socketPath: door.socket, method, path, agent, headers: all });
  const authorization = `Bearer ${door.token}`;
  return tlsRequest({
    host: '127.0.0.1',
    port: door.port,
    method,
    path,
    agent: agent as TlsAgent,
    headers: { authorization, ...all },
  });
}

/** The answer, or what broke the connection. */
function send(door: Door, agent: Agent | TlsAgent, strange: StrangeRequest): Promise<Heard | Error> {
  return new Promise((resolve) => {
    let call: ClientRequest;
    try {
      call = open(door, agent, strange);
    } catch (error) {
      // Node itself does not send it.
      resolve(error as Error);
      return;
    }
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        if (text.length < most) text += part;
      });
      response.on('error', resolve);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
      );
    });
    call.on('error', resolve);
    call.setTimeout(60_000, () => call.destroy(new Error('no answer within a minute')));
    call.end(strange.body);
  });
}

/** Sends all, some at a time, and tells of each what came back. */
export async function sendAll(
  door: Door,
  requests: readonly StrangeRequest[],
  told: (request: StrangeRequest, heard: Heard | Error) => void,
): Promise<void> {
  const options = { keepAlive: true, maxSockets: atOnce };
  const agent = 'socket' in door ? new Agent(options) : new TlsAgent({ ...options, rejectUnauthorized: false });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = requests[next++]; one !== undefined; one = requests[next++]) told(one, await send(door, agent, one));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  agent.destroy();
}
