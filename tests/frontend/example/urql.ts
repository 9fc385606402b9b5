import { authExchange } from '@urql/exchange-auth';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import type { Client as Live } from 'graphql-ws';

import schema from './graphql/schema.json';
import type { GetToken } from './token';

/** Types without an id are kept inside the object that they belong to. */
const types: { kind: string; name: string; fields: { name: string }[] | null }[] = schema.__schema.types;
const withoutId = types.filter(({ kind, fields }) => kind === 'OBJECT' && !fields?.some(({ name }) => name === 'id'));

export function createUrql(url: string, getToken: GetToken, live: Live) {
  return new Client({
    url,
    preferGetMethod: 'within-url-limit', // queries by GET, which browsers and CDNs can keep
    exchanges: [
      cacheExchange({
        schema,
        keys: Object.fromEntries(withoutId.map(({ name }) => [name, () => null])),
        resolvers: {
          Query: { products: relayPagination(), ticketQueue: relayPagination() },
          Customer: { followers: relayPagination(), tickets: relayPagination() },
          Wishlist: { items: relayPagination() },
        },
      }),
      authExchange(async ({ appendHeaders }) => {
        let token = await getToken();
        return {
          addAuthToOperation: (operation) => (token ? appendHeaders(operation, { authorization: `Bearer ${token}` }) : operation),
          didAuthError: ({ graphQLErrors }) => graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'),
          willAuthError: () => isStale(token),
          refreshAuth: async () => void (token = await getToken({ skipCache: true })),
        };
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: live.subscribe({ query, variables: variables as Record<string, unknown> }, sink) }),
        }),
      }),
    ],
  });
}

/** Whether a token expires within ten seconds. */
function isStale(token: string | null) {
  if (!token) return true; // perhaps somebody has signed in since
  const { exp } = JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
  return exp * 1_000 < Date.now() + 10_000;
}
