import { createClient } from 'graphql-ws';

import type { GetToken } from './token';

const REFRESH_MILLISECONDS = 45_000; // Clerk's tokens are valid for a minute

/** One WebSocket for all subscriptions, which stays open when tokens expire. */
export function createLive(url: string, getToken: GetToken, refreshMilliseconds = REFRESH_MILLISECONDS) {
  let timer: ReturnType<typeof setInterval>;
  return createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ token: await getToken() }),
    retryAttempts: Infinity,
    shouldRetry: () => true,
    on: {
      connected: (opened) => {
        const socket = opened as WebSocket;
        clearInterval(timer);
        timer = setInterval(async () => {
          const token = await getToken({ skipCache: true }).catch(() => null);
          if (token && socket.readyState === socket.OPEN) {
            socket.send(JSON.stringify({ type: 'ping', payload: { token } }));
          }
        }, refreshMilliseconds);
      },
      closed: () => clearInterval(timer),
    },
  });
}
