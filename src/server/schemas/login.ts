import { z } from 'zod';
import { roles } from '../../access/principal.ts';

const time = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);

export const roleSchema = z.enum(roles).describe('viewer: looks; operator: changes; admin: everything');
const password = z.string().min(1).max(256);
export const newPasswordSchema = z.string().min(1).max(256).describe('12 to 256 characters');
const code = z.string().max(40).describe('Of the app, or a recovery code');

export const loginOrderSchema = z.strictObject({
  name: z.string().min(1).max(64).describe('Of the account; upper and lower case are one'),
  password,
  code: code
    .describe('Of the second factor; asked for with `details.needs: "code"` where it is missing')
    .exactOptional(),
});

export const linkLoginSchema = z.strictObject({
  token: z.string().min(1).max(100).describe('Of the link: what stands behind `link=`'),
  code: code.exactOptional(),
});

export const meSchema = z.object({
  name: z.string(),
  role: roleSchema,
  owner: z.string().describe('The tenant; sees nothing but what belongs to it').exactOptional(),
  proof: z.enum(['socket', 'certificate', 'token', 'login']).describe('How who asks has shown it'),
  csrf: z
    .string()
    .describe('Goes with every change in the header `bridgekeeper-csrf`; with a login only')
    .exactOptional(),
  until: time('When the login ends at the latest').exactOptional(),
  account: z
    .object({ password: z.boolean(), totp: z.boolean(), recoveryCodes: z.number() })
    .describe('What the login rests on, if that is an account')
    .exactOptional(),
});

export const loginMethodsSchema = z.object({
  password: z.literal(true),
  provider: z
    .object({ name: z.string().describe('What people call it') })
    .describe('Where one can log in instead, with OpenID Connect, at GET /v1/login/oidc')
    .exactOptional(),
});

export const loginViewSchema = z.object({
  id: z.string(),
  name: z.string().describe('Whose it is'),
  role: roleSchema,
  owner: z.string().exactOptional(),
  way: z.enum(['password', 'link', 'provider']),
  from: z.string().describe('Address'),
  browser: z.string().describe('What it says of itself'),
  at: time('When it began'),
  usedAt: time('When it was used last'),
  until: time('When it ends at the latest'),
});

export const ownLoginSchema = loginViewSchema.extend({ own: z.boolean().describe('Whether it is the one that asks') });

export const passwordChangeSchema = z.strictObject({
  password: password.describe('The present one'),
  newPassword: newPasswordSchema,
});

export const ownProofSchema = z.strictObject({
  password: password.describe('The present one'),
  code: code.describe('Where there is a second factor already').exactOptional(),
});
export const codeSchema = z.strictObject({ code });

export const totpProposalSchema = z.object({
  secret: z.string().describe('Base32, to be typed into an app'),
  uri: z.string().describe('The same for a QR code, `otpauth://totp/…`'),
});

export const recoveryCodesSchema = z.object({
  recoveryCodes: z.array(z.string()).describe('Each lets in once instead of a code; they are said this once'),
});

export const doneSchema = z.object({ done: z.literal(true) });

const owner = z
  .string()
  .min(1)
  .max(63)
  .describe('Tenant: sees and changes only what belongs to it; not with role admin');

export const accountSchema = z.object({
  name: z.string(),
  role: roleSchema,
  owner: owner.exactOptional(),
  password: z.boolean().describe('Whether one can log in with a password'),
  passwordAt: time('When it was set').exactOptional(),
  totp: z.boolean().describe('Whether a second factor is asked for'),
  recoveryCodes: z.number().describe('Recovery codes that are left'),
  disabled: z.boolean(),
  at: time('When it was made'),
  logins: z.number().describe('Logins that are open'),
});

export const accountOrderSchema = z.strictObject({
  name: z.string().min(1).max(63),
  role: roleSchema,
  owner: owner.exactOptional(),
  password: newPasswordSchema
    .nullable()
    .describe('12 to 256 characters; one is made and answered unless given; null: none, only links let in')
    .exactOptional(),
});

export const newAccountSchema = z.object({
  account: accountSchema,
  password: z.string().describe('The one that was made; it is said this once').exactOptional(),
});

export const accountChangeSchema = z.strictObject({
  role: roleSchema.exactOptional(),
  owner: owner.nullable().exactOptional(),
  password: newPasswordSchema.nullable().exactOptional(),
  disabled: z.boolean().exactOptional(),
  totp: z.null().describe('Takes the second factor away').exactOptional(),
});

export const accountNameSchema = z.strictObject({ name: z.string().min(1).max(63) });
export const loginIdSchema = z.strictObject({ id: z.string().min(1).max(40) });

export const linkOrderSchema = z.strictObject({
  account: z
    .string()
    .min(1)
    .max(63)
    .describe('Whom it lets in; unless given whoever asks, on the unix socket only')
    .exactOptional(),
});

export const linkSchema = z.object({
  token: z.string(),
  path: z.string().describe('To be opened behind the address of the page'),
  urls: z.array(z.string()).describe('The same behind each address at which the daemon serves the page'),
  until: time('When it is good no more'),
});
