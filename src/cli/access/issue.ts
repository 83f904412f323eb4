import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError } from '../../errors/app-error.ts';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson, renderTime } from '../output.ts';
import { type GrantOptions, orderOf, withGrant } from './proofs.ts';
import { type NewFile, reserveFile } from './write-new-file.ts';

interface IssueOptions extends ClientOptions, GrantOptions {
  out?: string;
  publicKey?: string;
}

function readPublicKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError(
      'value-invalid',
      `Public key ${JSON.stringify(path)} cannot be read: ${(cause as Error).message}.`,
    );
  }
}

/** A new key, made here: its private half leaves this host only if its owner carries it away. */
function drawKey(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

async function runIssue(name: string, options: IssueOptions): Promise<void> {
  const out = options.out ?? name;
  const files: NewFile[] = [];
  const reserve = async (path: string, mode?: number): Promise<NewFile> => {
    const file = await reserveFile(path, mode);
    files.push(file);
    return file;
  };
  try {
    const pem = await reserve(`${out}.pem`);
    const ca = await reserve(`${out}-ca.pem`, 0o644);
    const { publicKey, privateKey } =
      options.publicKey === undefined ? drawKey() : { publicKey: readPublicKey(options.publicKey), privateKey: '' };
    const client = await connect(options);
    const issued = await client.access.issueCertificate({ ...orderOf(name, options), publicKey });
    const { certificate, authority, ...view } = issued;
    await pem.write(privateKey + certificate);
    await ca.write(authority);
    if (options.json) return printJson({ ...view, certificate: `${out}.pem`, authority: `${out}-ca.pem` });
    print(
      privateKey === ''
        ? `${out}.pem: the certificate for your key`
        : `${out}.pem: certificate and private key; whoever has this file is ${name}`,
      `${out}-ca.pem: the authority, by which the daemon is known`,
      `Certificate ${view.id} is good until ${renderTime(view.until)}.`,
      `Use it with: bridgekeeper status --server https://HOST:PORT --certificate ${out}.pem --ca ${out}-ca.pem${privateKey === '' ? ' --key KEY.pem' : ''}`,
    );
  } finally {
    for (const file of files) await file.close();
  }
}

export function define(access: Command): void {
  const command = withGrant(access.command('issue').description('issue a client certificate'), 365)
    .option('--out <path>', 'write PATH.pem and PATH-ca.pem; the name unless given')
    .option('--public-key <file>', 'PEM of a public key whose private half you keep; unless given a key is made here');
  withClient(command, 'bridgekeeper access issue alice-laptop --role operator --days 365').action(runIssue);
}
