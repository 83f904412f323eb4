import * as oidc from 'openid-client';
import type { Clock } from '../../system/clock.ts';
import { type Claims, grantOfClaims, type ProviderGrant } from './grant-of-claims.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { SealedText } from './sealed-text.ts';

/** Where the provider sends people back to, behind the address of the page. */
export const returnPath = '/v1/login/oidc/return';

/** Milliseconds that somebody may take at the provider, and after which the provider is asked anew what it can do. */
export const journeyTime = 10 * 60_000;
const discoveryTime = 60 * 60_000;
/** Seconds that the provider may take to answer. */
const patience = 10;

/** Why somebody was not let in; the page has words for each. */
export type ProviderRefusal = 'unreachable' | 'expired' | 'denied' | 'failed' | 'no-role';

/** What goes with somebody to the provider and back, sealed. */
interface Journey {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Monotonic. */
  readonly at: number;
}

/** Somebody did not come in. `cause` says more, for the log. */
export class ProviderRefused extends Error {
  readonly reason: ProviderRefusal;

  constructor(reason: ProviderRefusal, cause?: unknown) {
    super(`the provider's log-in was refused: ${reason}`, { cause });
    this.reason = reason;
  }
}

/**
 * Log-in at another provider by OpenID Connect: authorization code with PKCE, state and nonce (OAuth 2.0 Security BCP,
 * RFC 9700). Nothing is stored while somebody is there: it travels along in a sealed cookie.
 */
export class Provider {
  readonly settings: ProviderSettings;
  readonly #clock: Clock;
  readonly #sealed = new SealedText();
  #discovered: { readonly at: number; readonly configuration: Promise<oidc.Configuration> } | undefined;

  constructor(settings: ProviderSettings, clock: Clock) {
    this.settings = settings;
    this.#clock = clock;
  }

  /** Where to send somebody, and what his browser shall bring back. Throws `ProviderRefused`. */
  async begin(): Promise<{ url: string; journey: string }> {
    const configuration = await this.#configuration();
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#returnUrl(''),
      scope: this.settings.scopes,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    const journey: Journey = { state, nonce, verifier, at: this.#clock.monotonic() };
    return { url: url.href, journey: this.#sealed.seal(JSON.stringify(journey)) };
  }

  /** Who came back with this query. Throws `ProviderRefused`. */
  async end(query: string, sealed: string | undefined): Promise<ProviderGrant & { readonly subject: string }> {
    const text = sealed === undefined ? undefined : this.#sealed.open(sealed);
    const journey = text === undefined ? undefined : (JSON.parse(text) as Journey);
    if (journey === undefined || this.#clock.monotonic() - journey.at > journeyTime)
      throw new ProviderRefused('expired');
    const configuration = await this.#configuration();
    const claims = await this.#claims(configuration, query, journey).catch((error: unknown) => {
      const denied = error instanceof oidc.AuthorizationResponseError;
      throw new ProviderRefused(denied ? 'denied' : 'failed', error);
    });
    const grant = grantOfClaims(this.settings, claims);
    if (grant === undefined) throw new ProviderRefused('no-role');
    return { ...grant, subject: String(claims.sub) };
  }

  async #claims(configuration: oidc.Configuration, query: string, journey: Journey): Promise<Claims> {
    const { state, nonce, verifier } = journey;
    const tokens = await oidc.authorizationCodeGrant(configuration, new URL(this.#returnUrl(query)), {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const claims: Claims = { ...tokens.claims() };
    if (configuration.serverMetadata().userinfo_endpoint === undefined || !this.#lacks(claims)) return claims;
    // Many providers say groups there only. What the signed token says counts first.
    const more = await oidc.fetchUserInfo(configuration, tokens.access_token, String(claims.sub));
    return { ...more, ...claims };
  }

  /** Whether a claim that the settings speak of is not there. */
  #lacks(claims: Claims): boolean {
    const { nameClaim, rules } = this.settings;
    const names = [nameClaim, ...rules.flatMap(({ claim, ownerClaim }) => [claim, ownerClaim])];
    return names.some((name) => name !== undefined && !Object.hasOwn(claims, name));
  }

  #returnUrl(query: string): string {
    const url = new URL(returnPath, this.settings.url);
    url.search = query;
    return url.href;
  }

  /** What the provider can do; asked when somebody wants in first, since it may start after the daemon. */
  async #configuration(): Promise<oidc.Configuration> {
    const now = this.#clock.monotonic();
    if (this.#discovered === undefined || now - this.#discovered.at > discoveryTime) {
      const { issuer, client, secret } = this.settings;
      // The token's signature counts, too, although it comes over TLS from the provider itself.
      const execute = [oidc.enableNonRepudiationChecks];
      if (issuer.startsWith('http:')) execute.push(oidc.allowInsecureRequests);
      const authentication = secret === undefined ? oidc.None() : oidc.ClientSecretBasic(secret);
      const options = { execute, timeout: patience };
      const configuration = oidc.discovery(new URL(issuer), client, undefined, authentication, options);
      this.#discovered = { at: now, configuration };
    }
    try {
      return await this.#discovered.configuration;
    } catch (error) {
      this.#discovered = undefined;
      throw new ProviderRefused('unreachable', error);
    }
  }
}
