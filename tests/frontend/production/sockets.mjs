// graphql-ws and graphql-sse by themselves: tokens of a minute over long connections, and who is refused.
import assert from 'node:assert/strict';

import { createClient as createEvents } from 'graphql-sse';
import { createClient } from 'graphql-ws';

import { createLive } from '../example/live';
import { submitTicket, until } from './people.mjs';

const UPDATED = 'subscription ($id: ID!) { ticketUpdated(ticketId: $id) { status } }';
const VIEWER = '{ viewer { username } }';
const LEEWAY_SECONDS = 5;
const verb = (name) => `mutation ($id: ID!) { ${name}(input: { ticketId: $id }) { ticket { id } userErrors { message } } }`;

export async function test(world) {
  await refused(world);
  await Promise.all([freshTokens(world), events(world)]);
}

async function refused({ graph }) {
  for (const connectionParams of [{ token: 'no token' }, { jwt: 'under another name' }]) {
    const client = createClient({ url: graph.replace(/^http/, 'ws'), connectionParams, retryAttempts: 0 });
    const error = await new Promise((resolve, reject) => {
      client.subscribe({ query: VIEWER }, { next: reject, error: resolve, complete: reject });
    });
    assert.equal(error.code, 4403);
  }
  const anonymous = createClient({ url: graph.replace(/^http/, 'ws'), connectionParams: { token: null }, retryAttempts: 0 });
  assert.deepEqual((await anonymous.iterate({ query: VIEWER }).next()).value.data, { viewer: null });
  await anonymous.dispose();
}

/** A subscription outlives its first token, on the same socket, by the pings that docs/front-ends.md shows. */
async function freshTokens({ graph, token, as }) {
  const lifetime = 4;
  const id = await submitTicket(as('omar'), 'graphql-ws waits for this.');
  const live = createLive(graph, async () => token('omar', { lifetime }), 1_000);
  const sockets = [];
  live.on('connected', (socket) => sockets.push(socket));
  const heard = [];
  const end = live.subscribe({ query: UPDATED, variables: { id } }, { next: ({ data }) => heard.push(data), error: assert.fail, complete: () => {} });
  await until(() => sockets.length > 0, 'the connection');
  await new Promise((resolve) => setTimeout(resolve, 1_000 * (lifetime + LEEWAY_SECONDS + 1)));
  await as('sam')(verb('claimTicket'), { id });
  await until(() => heard.length > 0, 'the event after the first token has expired');
  assert.equal(sockets.length, 1);
  end();
  await as('sam')(verb('releaseTicket'), { id });
  await as('omar')(verb('cancelTicket'), { id });
  await live.dispose();
}

/** When a token expires, the stream ends, and graphql-sse begins another one with a new token. */
async function events({ graph, token, as }) {
  const id = await submitTicket(as('omar'), 'graphql-sse waits for this.');
  let connected = 0;
  const headers = async () => ({ authorization: `Bearer ${token('omar', { lifetime: 2 })}` });
  const client = createEvents({ url: graph, headers, retryAttempts: Infinity });
  const heard = [];
  const sink = { next: ({ data }) => heard.push(data.ticketUpdated.status), error: assert.fail, complete: () => {} };
  const end = client.subscribe({ query: UPDATED, variables: { id } }, sink, { connected: () => (connected += 1) });
  await until(() => connected > 1, 'the second stream');
  await until(async () => {
    await as('sam')(verb('claimTicket'), { id });
    await as('sam')(verb('releaseTicket'), { id });
    return heard.includes('CLAIMED');
  }, 'an event on it');
  end();
  client.dispose();
  await as('omar')(verb('cancelTicket'), { id });
}
