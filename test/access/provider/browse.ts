import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, with the cookies that a jar has for the origin; what comes back is put into it. Goes nowhere by itself. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  cookies(origin: string): Map<string, string> {
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    return jar;
  }

  ask(url: string, { method = 'GET', body, headers = {} }: Ask = {}): Promise<Answer> {
    const place = new URL(url);
    const jar = this.cookies(place.origin);
    const send = place.protocol === 'https:' ? httpsRequest : httpRequest;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const call = send(
      place,
      {
        method,
        // The daemon's own authority is nobody's whom this process trusts.
        rejectUnauthorized: false,
        agent: false,
        headers: {
          ...(cookie === '' ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('error', reject).on('end', () => {
          for (const line of response.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
            if (value === '') jar.delete(name);
            else jar.set(name, value);
          }
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  /** Follows redirects until `until` says that this is far enough. */
  async follow(url: string, until: (url: string) => boolean): Promise<string> {
    let at = url;
    for (let n = 0; n < 10 && !until(at); n++) {
      const { headers } = await this.ask(at);
      if (headers.location === undefined) return at;
      at = new URL(String(headers.location), at).href;
    }
    return at;
  }
}
