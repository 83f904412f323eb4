import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import type { Scope } from '../../daemon/test-daemon.ts';

/** Somebody whom the provider knows, with what it says of him. */
export interface Person {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export interface TestProvider {
  readonly issuer: string;
  /** Who logs in there from now on; undefined: somebody who cancels. */
  person: Person | undefined;
  /** Ends it, as if it were down. */
  stop(): Promise<void>;
}

export const providerClient = { id: 'bridgekeeper', secret: 'a secret of the client' };

/** A real provider of OpenID Connect (oidc-provider) that lets in whoever `person` is, without asking. */
export async function startProvider(scope: Scope, returnUrl: string, host = 'localhost'): Promise<TestProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`;
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections());
  scope.after(stop);
  const running: TestProvider = { issuer, person: undefined, stop };
  const people = new Map<string, Person>();
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: providerClient.id,
        client_secret: providerClient.secret,
        redirect_uris: [returnUrl],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups', 'tenant'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => people.get(sub) ?? { sub } }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile groups');
      await grant.save();
      return grant;
    },
    cookies: { keys: ['only for tests'] },
    ttl: { Session: 1 },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void answer(request, response);
    const { person } = running;
    if (person !== undefined) people.set(person.sub, person);
    const result = person === undefined ? { error: 'access_denied' } : { login: { accountId: person.sub } };
    provider.interactionFinished(request, response, result).catch(() => response.destroy());
  });
  return running;
}
