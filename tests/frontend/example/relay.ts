import type { Client } from 'graphql-ws';
import { Environment, type GraphQLResponse, Network, Observable, RecordSource, Store } from 'relay-runtime';

import type { GetToken } from './token';

export function createRelay(url: string, getToken: GetToken, live: Client) {
  async function send(body: string, skipCache: boolean) {
    const token = await getToken({ skipCache });
    return fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json',
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body,
    });
  }

  const network = Network.create(
    async ({ text, name }, variables) => {
      const body = JSON.stringify({ query: text, operationName: name, variables });
      let response = await send(body, false);
      if (response.status === 401) response = await send(body, true);
      return (await response.json()) as GraphQLResponse;
    },
    ({ text, name }, variables) =>
      Observable.create((sink) =>
        live.subscribe(
          { query: text ?? '', operationName: name, variables },
          { ...sink, next: (result) => sink.next(result as GraphQLResponse), error: (error) => sink.error(error as Error) },
        ),
      ),
  );
  return new Environment({ network, store: new Store(new RecordSource()) });
}
