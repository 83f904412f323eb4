import { z } from 'zod';
import { AppError } from '../errors/app-error.ts';
import { severities } from './event.ts';
import { quoteValue } from './quote-value.ts';
import { parseProgramPath } from './rotation-schema.ts';
import { choiceKey, nameKey, objectKey } from './schema-keys.ts';
import { countKey, described, listKey, textKey } from './schema-leaf.ts';

/** Reads an absolute path of plain words. Throws `value-invalid`. */
export function parseFilePath(text: string): string {
  const plain = /^(?:\/[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,99}){1,16}$/.test(text);
  if (!plain || /\/\.\.?(?:\/|$)/.test(text)) {
    throw new AppError(
      'value-invalid',
      `file ${quoteValue(text)} is not an absolute path of letters, digits, ".", "_", "@" and "-", such as "/etc/bridgekeeper/secrets/webhook"`,
    );
  }
  return text;
}

/** Reads an address of the web. Names and passwords in it would stand in revisions and backups. Throws `value-invalid`. */
export function parseWebAddress(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || /[\s\p{C}]/u.test(text)) {
    throw new AppError('value-invalid', `URL ${quoteValue(text)} is not one of http or https`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError(
      'value-invalid',
      `URL of host ${quoteValue(url.host)} holds a name or password; expected none: secrets stand in files`,
    );
  }
  return text;
}

/** Reads a mail address (RFC 5321, without quoting). Throws `value-invalid`. */
export function parseMailAddress(text: string): string {
  if (!/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text))
    throw new AppError('value-invalid', `mail address ${quoteValue(text)} is not one such as "ops@example.org"`);
  return text;
}

/** Host name, address, or path of a socket. Throws `value-invalid`. */
export function parseServer(text: string): string {
  if (!/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|[0-9A-Fa-f:.]{2,45}|\/[A-Za-z0-9_./-]{1,100})$/.test(text))
    throw new AppError('value-invalid', `server ${quoteValue(text)} is not a host name, an address or a path`);
  return text;
}

function parseWord(text: string): string {
  if (!/^[^\s\p{C}]{1,100}$/u.test(text))
    throw new AppError('value-invalid', `user ${quoteValue(text)} is not 1 to 100 printable characters`);
  return text;
}

function parseRoom(text: string): string {
  if (!/^![^\s\p{C}:/?#]{1,100}:[A-Za-z0-9.:[\]-]{1,150}$/u.test(text))
    throw new AppError('value-invalid', `room ${quoteValue(text)} is not one such as "!abcdef:example.org"`);
  return text;
}

const fileKey = (description: string, example: string) =>
  textKey(parseFilePath, {
    description,
    expected: 'an absolute path such as "/etc/bridgekeeper/secrets/webhook"',
    examples: [example],
  });
const flagKey = (description: string) =>
  described(z.boolean(), { description, expected: 'true or false', examples: [true] });
const mailKey = (description: string, example: string) =>
  textKey(parseMailAddress, { description, expected: 'a mail address such as "ops@example.org"', examples: [example] });

export const notifierKinds = ['webhook', 'chat', 'email', 'syslog', 'command'] as const;

export const notifierSchema = objectKey(
  {
    name: nameKey('Name of the notifier.', 'ops-mail'),
    kind: choiceKey(notifierKinds, 'How it tells.'),
    atLeast: choiceKey(severities, 'Less severe alerts do not go there.').prefault('warning'),
    onlyNamed: flagKey('It gets only alerts of rules that name it.').prefault(false),
    url: textKey(parseWebAddress, {
      description:
        '`webhook` and `chat`: where to post to; for Matrix the home server, such as `https://matrix.example.org`.',
      expected: 'a URL of http or https',
      examples: ['https://hooks.example.org/bridgekeeper'],
    }).optional(),
    urlFile: fileKey(
      '`chat`: file that holds the URL, where the URL itself is a secret, as those of Slack are; in place of `url`.',
      '/etc/bridgekeeper/secrets/chat-url',
    ).optional(),
    secretFile: fileKey(
      '`webhook`: file with the key that signs each message: `whsec_` and base64, as Standard Webhooks has it.',
      '/etc/bridgekeeper/secrets/webhook',
    ).optional(),
    form: choiceKey(['slack', 'matrix'], '`chat`: whose form the message has.').optional(),
    room: textKey(parseRoom, {
      description: '`chat` with form `matrix`: the room.',
      expected: 'a room such as "!abcdef:example.org"',
      examples: ['!abcdef:example.org'],
    }).optional(),
    tokenFile: fileKey(
      '`chat` with form `matrix`: file that holds the access token.',
      '/etc/bridgekeeper/secrets/matrix',
    ).optional(),
    server: textKey(parseServer, {
      description: '`email` and `syslog`: host name or address; for syslog over `unix` the path of the socket.',
      expected: 'a host name such as "mail.example.org", an address or a path such as "/dev/log"',
      examples: ['mail.example.org'],
    }).optional(),
    port: countKey(1, 65_535, {
      description:
        '`email` and `syslog`: port of the server. Default: 465 (`tls`), 587 (`starttls`), 25 (`none`); syslog 514 (`udp`), 601 (`tcp`), 6514 (`tls`).',
      examples: [587],
    }).optional(),
    security: choiceKey(
      ['tls', 'starttls', 'none'],
      '`email`: how the connection is secured. Default: `starttls`.',
    ).optional(),
    from: mailKey('`email`: sender.', 'bridgekeeper@example.org').optional(),
    to: listKey(
      mailKey('A recipient.', 'ops@example.org'),
      { description: '`email`: recipients.', expected: 'a list of mail addresses', examples: [['ops@example.org']] },
      { min: 1, max: 20 },
    ).optional(),
    user: textKey(parseWord, {
      description: '`email`: user at the server.',
      expected: '1 to 100 printable characters',
      examples: ['bridgekeeper'],
    }).optional(),
    passwordFile: fileKey('`email`: file that holds the password.', '/etc/bridgekeeper/secrets/mail').optional(),
    caFile: fileKey(
      'Certificates that are trusted, PEM; not for `command`. Default: those of the system.',
      '/etc/bridgekeeper/ca.pem',
    ).optional(),
    transport: choiceKey(['udp', 'tcp', 'tls', 'unix'], '`syslog`: how messages travel. Default: `udp`.').optional(),
    audit: flagKey('`syslog`: the journal goes there too, entry by entry. Default: `false`.').optional(),
    clear: flagKey(
      '`syslog` with `audit`: the journal goes there with MAC addresses in clear instead of pseudonyms. Default: `false`.',
    ).optional(),
    program: textKey(parseProgramPath, {
      description:
        '`command`: program that gets the alert as JSON on its standard input. It belongs to root, and nobody else may write it.',
      expected: 'an absolute path such as "/etc/bridgekeeper/hooks/alert"',
      examples: ['/etc/bridgekeeper/hooks/alert'],
    }).optional(),
  },
  'Somebody or something that is told of alerts. Which keys it takes depends on its `kind`. Secrets stand in files that root owns, never here.',
);
