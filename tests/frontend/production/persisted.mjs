// Apollo's automatic persisted queries: a hash alone at first, the text with it once, then the hash alone, by GET.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';

export async function test({ graph }) {
  const sent = [];
  const watched = async (url, options) => {
    sent.push({ method: options.method, text: /query(=|":"query)/.test(`${url} ${options.body}`) });
    return fetch(url, options);
  };
  const name = `Persisted${Date.now()}`; // no other run has registered it
  const query = gql(`query ${name} { supportedLanguages products(first: 1) { nodes { id } } }`);
  const ask = async () => {
    sent.length = 0;
    const sha256 = (text) => createHash('sha256').update(text).digest('hex');
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
    const client = new ApolloClient({ link: persisted.concat(new HttpLink({ uri: graph, fetch: watched })), cache: new InMemoryCache() });
    const { data } = await client.query({ query });
    assert.equal(data.products.nodes.length, 1);
    return sent.map(({ method, text }) => `${method} ${text ? 'text' : 'hash'}`);
  };
  assert.deepEqual(await ask(), ['GET hash', 'POST text'], 'what is not known is sent once');
  assert.deepEqual(await ask(), ['GET hash'], 'another client finds it');
}
