// The script of the page at /docs: shows /openapi.json, and lets who is logged in try it out.

/** Who is logged in must show with each change that it comes from a page of this daemon. */
async function withCsrf(request) {
  if (request.method === 'GET' || !request.url.startsWith(location.origin)) return request;
  const me = await fetch('/v1/me', { headers: { accept: 'application/json' } });
  const { csrf } = me.ok ? await me.json() : {};
  if (csrf !== undefined) request.headers['bridgekeeper-csrf'] = csrf;
  return request;
}

window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reader',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  // No other host is asked whether the document is valid: `npm run check` has.
  validatorUrl: null,
  requestInterceptor: withCsrf,
});
