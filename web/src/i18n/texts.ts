import type change from '../change/text.en.ts';
import type editor from '../editor/text.en.ts';
import type login from '../login/text.en.ts';
import type parts from '../parts/text.en.ts';
import type shell from '../shell/text.en.ts';
import type addresses from '../views/addresses/text.en.ts';
import type alerts from '../views/alerts/text.en.ts';
import type audit from '../views/audit/text.en.ts';
import type guests from '../views/guests/text.en.ts';
import type history from '../views/history/text.en.ts';
import type overview from '../views/overview/text.en.ts';
import type sessions from '../views/sessions/text.en.ts';
import type site from '../views/site/text.en.ts';

/** Texts by namespace, so that a key that does not exist fails the compiler. */
export interface Texts {
  addresses: typeof addresses;
  alerts: typeof alerts;
  audit: typeof audit;
  change: typeof change;
  editor: typeof editor;
  guests: typeof guests;
  history: typeof history;
  login: typeof login;
  overview: typeof overview;
  parts: typeof parts;
  sessions: typeof sessions;
  shell: typeof shell;
  site: typeof site;
}
