/** What stands behind `#link=` of a link that lets somebody in. Behind `#`, so no server and no log ever sees it. */
export function readLinkToken(hash: string): string | undefined {
  return /^#link=([\w-]{20,100})$/.exec(hash)?.[1];
}

/** Taken out of the address at once: it shall not stay in the browser's history. */
export const linkToken = readLinkToken(location.hash);
if (linkToken !== undefined) history.replaceState(null, '', location.pathname);

/** Where somebody who has just come in begins. */
export function leaveLoginPath(): void {
  if (location.pathname === '/login') history.replaceState(null, '', '/');
}
