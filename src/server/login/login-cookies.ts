import type { FastifyReply, FastifyRequest } from 'fastify';
import { deviceCookie, loginCookie, readCookie, writeCookie } from '../../access/logins/cookies.ts';
import { deviceSeconds, longestLogin, type NewLogin } from '../../access/logins/login.ts';
import type { Visitor } from '../../access/logins/logins.ts';
import { signText } from '../../access/logins/secrets.ts';
import { shownBy } from '../authenticate.ts';

/** Who logs in, as far as that can be seen. */
export function visitorOf(request: FastifyRequest): Visitor {
  const { from, cookie } = shownBy(request);
  return { from, cookie, browser: request.headers['user-agent'] };
}

/** What only a page of this origin can know of a login: other pages can send its cookie, but cannot read anything. */
export function csrfTokenOf(request: FastifyRequest): string | undefined {
  const value = readCookie(request.headers.cookie, loginCookie);
  return value === undefined ? undefined : signText(value, 'bridgekeeper-csrf');
}

/** The cookies of who has logged in. */
export function setLoginCookies(reply: FastifyReply, { cookie, device }: NewLogin): void {
  const cookies = [writeCookie(loginCookie, cookie, longestLogin / 1000)];
  if (device !== undefined) cookies.push(writeCookie(deviceCookie, device, deviceSeconds));
  reply.header('set-cookie', cookies);
}

/** The login is over; the browser stays known. */
export function clearLoginCookie(reply: FastifyReply): void {
  reply.header('set-cookie', writeCookie(loginCookie, '', 0));
}
