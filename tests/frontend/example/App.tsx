import { ApolloProvider } from '@apollo/client/react';
import { useAuth } from '@clerk/react';
import { type ReactNode, useMemo } from 'react';

import { createApollo } from './apollo';
import { createLive } from './live';

/** Everything below has a client of the person who is signed in; it begins anew when somebody else is. */
export function Graph({ url, children }: { url: string; children: ReactNode }) {
  const { isLoaded, userId, getToken } = useAuth();
  const live = useMemo(() => createLive(url, getToken), [url, userId]); // another person has another connection
  const client = useMemo(() => createApollo(url, getToken, live), [url, live]);
  return isLoaded ? <ApolloProvider client={client}>{children}</ApolloProvider> : <p>Loading…</p>;
}
