import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority of one test, made by openssl, and certificates of it. */
export interface Authority {
  readonly caFile: string;
  /** Files with certificate and key for names and addresses such as `DNS:localhost,IP:127.0.0.1`. */
  issue(name: string, alternatives: string): { readonly cert: string; readonly key: string };
}

const openssl = (...args: string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

export function createAuthority(directory: string, name = 'ca'): Authority {
  const file = (end: string): string => join(directory, `${name}${end}`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    file('.key'),
    '-out',
    file('.pem'),
    '-days',
    '2',
    '-subj',
    `/CN=test ${name}`,
  );
  return {
    caFile: file('.pem'),
    issue(leaf, alternatives) {
      const [cert, leafKey, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) =>
        file(`-${leaf}.${end}`),
      ) as [string, string, string, string];
      writeFileSync(extensions, `subjectAltName=${alternatives}\n`);
      openssl('req', ...key, '-keyout', leafKey, '-out', request, '-subj', `/CN=${leaf}`);
      openssl(
        'x509',
        '-req',
        '-in',
        request,
        '-CA',
        file('.pem'),
        '-CAkey',
        file('.key'),
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        extensions,
        '-out',
        cert,
      );
      return { cert, key: leafKey };
    },
  };
}

/** As node:https and node:tls take them. */
export function readPair({ cert, key }: { readonly cert: string; readonly key: string }): {
  cert: Buffer;
  key: Buffer;
} {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}
