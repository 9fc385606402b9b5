// urql: its default client, which sends queries by GET; Graphcache as docs/front-ends.md sets it up; both ways of live data.
import assert from 'node:assert/strict';

import { cacheExchange, Client, fetchExchange, gql } from '@urql/core';

import { createLive } from '../example/live';
import { createUrql } from '../example/urql';
import { submitTicket, until } from './people.mjs';

const PRODUCTS = gql`
  query Products($first: Int!, $after: String) {
    products(first: $first, after: $after, sort: NEWEST) {
      edges { node { id title bestListing { id price { amount currencyCode } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const CUSTOMER = gql`
  query Customer { customerByUsername(username: "nora") { id followersCount relationship { following requested } } }
`;
const follow = (verb) => gql`
  mutation Follow($id: ID!) {
    ${verb}(input: { customerId: $id }) { customer { id followersCount relationship { following requested } } userErrors { message } }
  }
`;
const UPDATED = gql`subscription Updated($id: ID!) { ticketUpdated(ticketId: $id) { id status updatedAt } }`;
const TICKET = gql`query Ticket($id: ID!) { ticket(id: $id) { id status updatedAt } }`;
const verb = (name) => `mutation ($id: ID!) { ${name}(input: { ticketId: $id }) { ticket { id } userErrors { message } } }`;

export async function test(world) {
  await defaultClient(world);
  const { graph, token } = world;
  let next = () => token('omar');
  const getToken = async (options) => next(options);
  const live = createLive(graph, getToken);
  const warnings = [];
  const warn = console.warn;
  console.warn = (...words) => warnings.push(words.join(' ')); // Graphcache says there which keys or types it misses
  try {
    const client = createUrql(graph, getToken, live);
    await pages(client);
    await followed(client);
    await subscription(world, client);
    await overEvents(world);
    next = (options) => token('omar', options?.skipCache ? {} : { age: 3_600 });
    const again = await createUrql(graph, getToken, live).query('{ viewer { id username } }', {});
    assert.equal(again.data?.viewer.username, 'omar', `an expired token is replaced: ${again.error}`);
    assert.deepEqual(warnings, []);
  } finally {
    console.warn = warn;
    await live.dispose();
  }
}

/** `new Client` with nothing but a URL and the exchanges that its guide names. */
async function defaultClient({ graph }) {
  const methods = [];
  const watched = async (url, options) => {
    const response = await fetch(url, options);
    methods.push([options.method, response.status, response.headers.get('cache-control')]);
    return response;
  };
  const client = new Client({ url: graph, fetch: watched, exchanges: [cacheExchange, fetchExchange] });
  const { data, error } = await client.query(PRODUCTS, { first: 3 });
  assert.equal(error, undefined);
  assert.equal(data.products.edges.length, 3);
  const mutation = await client.mutation('mutation { cancelTicket(input: { ticketId: "x" }) { userErrors { code } } }', {});
  assert.deepEqual(mutation.data.cancelTicket.userErrors.map(({ code }) => code), ['UNAUTHENTICATED']);
  assert.deepEqual(methods, [['GET', 200, 'public, max-age=60'], ['POST', 200, 'no-store']]);
  const { error: refused } = await client.query(PRODUCTS, { first: 101 });
  assert.equal(refused.graphQLErrors[0].extensions.reason, 'bad_page');
}

async function pages(client) {
  const seen = [];
  const { unsubscribe } = client.query(PRODUCTS, { first: 5 }).subscribe(({ data }) => data && seen.push(data.products));
  await until(() => seen.length > 0, 'the first page');
  const { error } = await client.query(PRODUCTS, { first: 5, after: seen[0].pageInfo.endCursor });
  assert.equal(error, undefined);
  await until(() => seen.at(-1).edges.length === 10, 'both pages as one list');
  unsubscribe();
  const { data } = await client.query(PRODUCTS, { first: 10 }, { requestPolicy: 'network-only' });
  assert.deepEqual(seen.at(-1).edges.map(({ node }) => node.id), data.products.edges.slice(0, 10).map(({ node }) => node.id));
}

async function followed(client) {
  const seen = [];
  const { unsubscribe } = client.query(CUSTOMER, {}).subscribe(({ data }) => data && seen.push(data.customerByUsername));
  await until(() => seen.length > 0, 'the customer');
  const { id } = seen[0];
  await client.mutation(follow('unfollowCustomer'), { id });
  const before = await client.query(CUSTOMER, {}, { requestPolicy: 'network-only' });
  const { data, error } = await client.mutation(follow('followCustomer'), { id });
  assert.equal(error, undefined);
  await until(() => seen.at(-1).relationship.following, 'the follow, by the mutation alone');
  assert.equal(seen.at(-1).followersCount, before.data.customerByUsername.followersCount + 1);
  assert.deepEqual(data.followCustomer.userErrors, []);
  await client.mutation(follow('unfollowCustomer'), { id });
  await until(() => !seen.at(-1).relationship.following, 'the end of it');
  unsubscribe();
}

async function subscription({ as }, client) {
  const id = await submitTicket(as('omar'), 'urql waits for this.');
  const shown = [];
  const watching = client.query(TICKET, { id }).subscribe(({ data }) => data && shown.push(data.ticket.status));
  await until(() => shown.length > 0, 'the ticket');
  await changes(client, as, id, () => shown.includes('CLAIMED'));
  watching.unsubscribe();
}

/** `fetchSubscriptions` reads server-sent events. */
async function overEvents({ graph, token, as }) {
  const client = new Client({
    url: graph,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token('omar')}` } }),
  });
  const id = await submitTicket(as('omar'), 'urql waits for this as well.');
  await changes(client, as, id);
}

/** Claims and releases the ticket until its customer hears of it: what happened before a subscription is not sent. */
async function changes(client, as, id, known = () => true) {
  const sam = as('sam');
  const events = [];
  const { unsubscribe } = client.subscription(UPDATED, { id }).subscribe(({ data, error }) => {
    events.push(error ? `${error}` : data.ticketUpdated.status);
  });
  await until(async () => {
    await sam(verb('claimTicket'), { id });
    if (events.includes('CLAIMED') && known()) return true;
    await sam(verb('releaseTicket'), { id });
    return false;
  }, 'an event');
  unsubscribe();
  assert.deepEqual(events.filter((status) => status !== 'CLAIMED' && status !== 'OPEN'), []);
  await sam(verb('releaseTicket'), { id });
  await as('omar')(verb('cancelTicket'), { id });
}
