import { type Client, clientOf } from '../../../src/client/client.ts';
import type { Transport } from '../../../src/client/transport.ts';
import { fetchTransport } from './fetch-transport.ts';
import { meKey } from './me-key.ts';
import { queryClient } from './query-client.ts';

/** How the page reaches the daemon; for `request` and its like of src/client/request.ts. */
export const transport: Transport = fetchTransport(() => {
  // Somebody's log-in ended (or never began): the shell shows the log-in view.
  queryClient.setQueryData([...meKey], null);
});

/** The daemon's API, as the command line has it. Every method rejects with an AppError. */
export const client: Client = clientOf(transport);
