import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import { parseLabel } from '../../model/names.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { checkGrant, roles } from '../principal.ts';

const name = z.string().min(1).max(100);

const ruleSchema = z.strictObject({
  /** What the provider says of somebody, such as `groups`. */
  claim: name,
  /** What it must be, or hold if it is a list. */
  value: z.string().max(200),
  role: z.enum(roles),
  /** The tenant, or the claim that says it. */
  owner: name.optional(),
  ownerClaim: name.optional(),
});

const settingsSchema = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }),
  client: name,
  /** Beside the settings unless absolute; absent for a public client. */
  secretFile: name.optional(),
  /** What people call it. */
  name: name,
  /** Stands behind the names of whoever comes from there: `alice@example`. */
  label: name,
  /** Where the page is, as browsers reach it. */
  url: z.url({ protocol: /^https?$/ }),
  scopes: z.string().max(500).default('openid profile'),
  nameClaim: name.default('preferred_username'),
  rules: z.array(ruleSchema).min(1).max(1000),
});

export type ProviderRule = z.output<typeof ruleSchema>;

/** Another place where people log in (OpenID Connect), and what they may who come from there. */
export interface ProviderSettings extends Omit<z.output<typeof settingsSchema>, 'secretFile'> {
  readonly secret?: string;
}

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('value-invalid', `${what} ${quoteValue(path)} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

/** Reads the file of `daemon --oidc`. Throws `value-invalid`. */
export function readProviderSettings(path: string): ProviderSettings {
  const where = `File ${quoteValue(path)} of --oidc`;
  const refuse = (reason: string, cause?: unknown): never => {
    throw new AppError('value-invalid', `${where} is not as expected: ${reason}.`, { cause });
  };
  let value: unknown;
  try {
    value = parse(readText(path, 'File'), { maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof AppError) throw error;
    refuse((error as Error).message.split('\n', 1)[0] ?? 'it is not YAML', error);
  }
  const read = settingsSchema.safeParse(value);
  if (!read.success)
    return refuse(read.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; '));
  const { secretFile, ...settings } = read.data;
  parseLabel(settings.label);
  const issuer = new URL(settings.issuer);
  if (issuer.protocol !== 'https:' && !loopback.test(issuer.hostname))
    refuse(`issuer ${quoteValue(settings.issuer)} is not https, so anybody on the way could say who comes`);
  for (const [i, { role, owner, ownerClaim }] of settings.rules.entries()) {
    if (owner !== undefined && ownerClaim !== undefined) refuse(`rules.${i} has owner and ownerClaim; expected one`);
    if (owner !== undefined) parseLabel(owner);
    checkGrant({ role, owner: owner ?? ownerClaim });
  }
  if (secretFile === undefined) return settings;
  const secret = readText(resolve(dirname(path), secretFile), 'Secret file').trim();
  if (secret === '') refuse('the secret file is empty');
  return { ...settings, secret };
}
