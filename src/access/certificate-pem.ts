import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A private key and the certificate of its public one, both PEM. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** A stretch of time, ms since the epoch. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

const curves = { authority: 'P-384', leaf: 'P-256' } as const;
const ecdsa = (namedCurve: string) => ({ name: 'ECDSA', namedCurve }) as const;

/** Positive and not guessable (RFC 5280, 4.1.2.2; CA/Browser Forum 7.1). */
const drawSerial = (): string => `4${randomBytes(16).toString('hex').slice(1)}`;

/** A fresh EC key; every browser and OpenSSL take certificates of these. */
function drawKey(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const signingKeyOf = (key: string) => createPrivateKey(key).toCryptoKey(ecdsa(curves.authority), false, ['sign']);
const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const dates = ({ from, until }: Validity) => ({ notBefore: new Date(from), notAfter: new Date(until) });
const hash = (name: string) => ({ name: 'ECDSA', hash: name });

/** An authority that may sign certificates of others but make no further authorities. */
export async function makeAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const key = drawKey(curves.authority);
  const publicKey = spkiOf(createPublicKey(key));
  const subject = [{ CN: [name] }];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: drawSerial(),
    subject,
    issuer: subject,
    ...dates(validity),
    publicKey,
    signingKey: signingKeyOf(key),
    signingAlgorithm: hash('SHA-384'),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { key, certificate: `${certificate.toString('pem')}\n` };
}

async function sign(
  authority: KeyPair,
  about: { readonly name: string; readonly publicKey: KeyObject; readonly validity: Validity },
  extensions: readonly Extension[],
): Promise<string> {
  const publicKey = spkiOf(about.publicKey);
  const { X509Certificate } = await import('@peculiar/x509');
  const issuer = new X509Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: drawSerial(),
    subject: [{ CN: [about.name] }],
    issuer: issuer.subjectName.toJSON(),
    ...dates(about.validity),
    publicKey,
    signingKey: signingKeyOf(authority.key),
    signingAlgorithm: hash('SHA-384'),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
      ...extensions,
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** A certificate for a server that answers to these DNS names and IP addresses, with a fresh key. */
export async function makeServerCertificate(
  authority: KeyPair,
  names: readonly string[],
  validity: Validity,
): Promise<KeyPair> {
  const key = drawKey(curves.leaf);
  const publicKey = createPublicKey(key);
  const all = names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
  const certificate = await sign(authority, { name: 'Bridgekeeper', publicKey, validity }, [
    new SubjectAlternativeNameExtension(all),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
  ]);
  return { key, certificate };
}

/** A certificate for a client that holds the private key of `publicKey`. */
export function makeClientCertificate(
  authority: KeyPair,
  about: { readonly name: string; readonly publicKey: KeyObject; readonly validity: Validity },
): Promise<string> {
  return sign(authority, about, [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]);
}
