import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import type { Client } from 'graphql-ws';
import { mergeMap, timer } from 'rxjs';

import possibleTypes from './graphql/possible-types';
import type { GetToken } from './token';

export function createCache() {
  return new InMemoryCache({
    ...possibleTypes,
    typePolicies: {
      Query: {
        fields: {
          products: relayStylePagination(['filter', 'sort']),
          searchCustomers: relayStylePagination(['term']),
          ticketQueue: relayStylePagination(['urgency']),
        },
      },
      Customer: {
        fields: {
          followers: relayStylePagination(),
          tickets: relayStylePagination(['status']),
          relationship: { merge: true }, // it has no id: what several queries select is one object of the customer
        },
      },
      Wishlist: { fields: { items: relayStylePagination() } },
    },
  });
}

export function createApollo(url: string, getToken: GetToken, live: Client) {
  const authentication = new SetContextLink(async (context) => {
    const token = await getToken({ skipCache: context.tokenRefused });
    return { headers: { ...context.headers, ...(token && { authorization: `Bearer ${token}` }) } };
  });
  const overHttp = ApolloLink.from([createErrorLink(), authentication, new HttpLink({ uri: url })]);
  const isSubscription = ({ operationType }: ApolloLink.Operation) => operationType === OperationTypeNode.SUBSCRIPTION;
  return new ApolloClient({
    cache: createCache(),
    link: ApolloLink.split(isSubscription, new GraphQLWsLink(live), overHttp),
  });
}

/** Sends an operation a second time if that helps: with a new token, or, for a query, after a pause. */
function createErrorLink() {
  return new ErrorLink(({ error, operation, forward }) => {
    const { repeated } = operation.getContext();
    const extensions = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions : undefined;
    if (!extensions || repeated) return undefined;
    if (extensions.code === 'UNAUTHENTICATED') {
      operation.setContext({ repeated: true, tokenRefused: true });
      return forward(operation);
    }
    if (extensions.retryable && operation.operationType === OperationTypeNode.QUERY) {
      operation.setContext({ repeated: true });
      return timer(1_000 * Number(extensions.retryAfter ?? 1)).pipe(mergeMap(() => forward(operation)));
    }
    return undefined;
  });
}
