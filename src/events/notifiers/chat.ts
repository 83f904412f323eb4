import type { Notifier } from '../../model/alert-rule.ts';
import { callHttp, isLoopback, readUrl } from './http-call.ts';
import { NotTold } from './not-told.ts';
import { idOfAll } from './outgoing.ts';
import { renderText } from './render-text.ts';
import { readSecret } from './secret-file.ts';
import type { Sender } from './sender.ts';

type Chat = Extract<Notifier, { readonly kind: 'chat' }>;

/** Characters; Slack cuts at 4,000 (chat.postMessage), Mattermost at 4,000 unless told otherwise. */
const longest = 3_500;

/** Nobody's name makes a mention of everybody, a link or a mark-up (Slack: "Formatting text for app surfaces"). */
function escapeSlack(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/@(?=\w)/g, '@\u200b');
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`;
}

async function readTarget({ url, urlFile }: Chat): Promise<{ url: URL; secrets: string[] }> {
  if (urlFile === undefined) return { url: readUrl(url ?? ''), secrets: [] };
  const found = readUrl(await readSecret(urlFile));
  return { url: found, secrets: [found.href, found.pathname] };
}

async function sendSlack(chat: Chat, text: string, signal: AbortSignal): Promise<void> {
  const { url, secrets } = await readTarget(chat);
  const body = JSON.stringify({ text: escapeSlack(text) });
  const headers = { 'Content-Type': 'application/json' };
  await callHttp({ method: 'POST', url, headers, body, caFile: chat.caFile, secrets }, signal);
}

/** Client-server API, "Sending events to a room". The transaction id makes the same message again be none. */
async function sendMatrix(chat: Chat, text: string, transaction: string, signal: AbortSignal): Promise<void> {
  const { room, tokenFile, caFile } = chat;
  if (room === undefined || tokenFile === undefined)
    throw new NotTold('a Matrix notifier needs "room", such as "!id:example.org", and "tokenFile"');
  const { url, secrets } = await readTarget(chat);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname))
    throw new NotTold(
      `the access token would go to "${url.host}" in clear; expected a URL that begins with "https://"`,
    );
  const token = await readSecret(tokenFile);
  if (!/^[\x21-\x7e]+$/.test(token)) throw new NotTold(`secret file "${tokenFile}" holds no token; expected one word`);
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${encodeURIComponent(transaction)}`;
  const base = url.href.replace(/[?#].*$/, '').replace(/\/$/, '');
  const body = JSON.stringify({ msgtype: 'm.text', body: text });
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  const target = new URL(base + path);
  await callHttp({ method: 'PUT', url: target, headers, body, caFile, secrets: [...secrets, token] }, signal);
}

/** Slack's incoming webhook, which Mattermost, Rocket.Chat, Zulip and Discord (`/slack`) have as well; or a Matrix room. */
export function chatSender(chat: Chat): Sender {
  return {
    takes: 'digest',
    async send(messages, signal) {
      const text = cut(renderText(messages));
      if (chat.form === 'slack') await sendSlack(chat, text, signal);
      else await sendMatrix(chat, text, idOfAll(messages), signal);
      return undefined;
    },
    close() {},
  };
}
