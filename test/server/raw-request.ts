import { request } from 'node:http';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One HTTP request over a unix socket, as any client may send it. */
export function sendRequest(
  socketPath: string,
  method: string,
  path: string,
  options: { body?: string; type?: string; headers?: Record<string, string> } = {},
): Promise<RawAnswer> {
  const { body, type = 'application/json', headers = {} } = options;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        method,
        path,
        agent: false,
        headers: {
          ...(body !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: told } = response;
          resolve({ status, type: told['content-type'] ?? '', text, headers: told });
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** Writes bytes to the socket and answers everything that comes back. */
export function sendBytes(socketPath: string, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const connection = connect(socketPath);
    connection.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    // A server may refuse and close while the rest is still being written.
    connection.on('error', () => {});
    connection.on('close', () => resolve(text));
    connection.end(bytes);
  });
}
