// Apollo Client as docs/front-ends.md sets it up: its normalised cache, optimistic updates, pages, errors, live data.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { CombinedGraphQLErrors, gql } from '@apollo/client';

import { createApollo } from '../example/apollo';
import { createLive } from '../example/live';
import { submitTicket, until } from './people.mjs';

const PRODUCTS = gql`
  query Products($first: Int!, $after: String) {
    products(first: $first, after: $after, sort: NEWEST) { edges { node { id title } } pageInfo { hasNextPage endCursor } }
  }
`;
const CUSTOMER = gql`
  query Customer($username: String!) {
    customerByUsername(username: $username) { id followersCount relationship { following requested } }
  }
`;
const FOLLOW = gql`
  mutation Follow($id: ID!) {
    followCustomer(input: { customerId: $id }) { customer { id followersCount relationship { following requested } } userErrors { message } }
  }
`;
const UNFOLLOW = gql`
  mutation Unfollow($id: ID!) {
    unfollowCustomer(input: { customerId: $id }) { customer { id followersCount relationship { following requested } } userErrors { message } }
  }
`;
const RENAME = gql`
  mutation Rename($username: String!) {
    updateUsername(input: { username: $username }) {
      customer { id }
      userErrors { code field ... on UsernameTakenError { suggestion } }
    }
  }
`;
const TICKET = gql`query Ticket($id: ID!) { ticket(id: $id) { id status updatedAt claimedBy { id name } } }`;
const UPDATED = gql`subscription Updated($id: ID!) { ticketUpdated(ticketId: $id) { id status updatedAt claimedBy { id name } } }`;
const NODE = gql`query Node($id: ID!) { node(id: $id) { ... on Node { id } ... on Customer { username } } }`;
const VIEWER = gql`query Viewer { viewer { id username } }`;

export async function test(world) {
  const { graph, token } = world;
  const asked = [];
  let next = () => token('omar');
  const getToken = async (options) => (asked.push(options?.skipCache ?? false), next(options));
  const live = createLive(graph, getToken);
  const client = createApollo(graph, getToken, live);
  try {
    await pages(client);
    await optimism(client);
    await userErrors(client);
    await interfaces(client);
    await errors(client);
    await subscription(client, world);
    next = (options) => token('omar', options?.skipCache ? {} : { age: 3_600 });
    asked.length = 0;
    const { data } = await client.query({ query: VIEWER, fetchPolicy: 'network-only' });
    assert.equal(data.viewer.username, 'omar');
    assert.deepEqual(asked, [false, true], 'an expired token is replaced, and the query sent once more');
    next = () => 'not a token';
    await assert.rejects(client.query({ query: VIEWER, fetchPolicy: 'network-only' }), ({ errors: [{ extensions }] }) => {
      assert.equal(extensions.code, 'UNAUTHENTICATED');
      return true;
    });
  } finally {
    client.stop();
    await live.dispose();
  }
  await retries(graph);
}

async function pages(client) {
  const products = client.watchQuery({ query: PRODUCTS, variables: { first: 5 } });
  const watching = products.subscribe({});
  await until(() => products.getCurrentResult().data, 'the first page');
  const { endCursor } = products.getCurrentResult().data.products.pageInfo;
  await products.fetchMore({ variables: { after: endCursor } });
  const shown = () => products.getCurrentResult().data.products.edges;
  await until(() => shown().length > 5, 'the second page');
  const whole = await client.query({ query: PRODUCTS, variables: { first: 10 }, fetchPolicy: 'no-cache' });
  assert.deepEqual(shown().map(({ node }) => node.id), whole.data.products.edges.map(({ node }) => node.id));
  watching.unsubscribe();
}

/** The button changes at once; what the server says in the end is what the cache has. */
async function optimism(client) {
  const variables = { username: 'nora' };
  const nora = client.watchQuery({ query: CUSTOMER, variables });
  const seen = [];
  const watching = nora.subscribe(({ data }) => data?.customerByUsername && seen.push(data.customerByUsername));
  await until(() => seen.length > 0, 'the customer');
  const { id } = seen[0];
  const { data: { unfollowCustomer: { customer: before } } } = await client.mutate({ mutation: UNFOLLOW, variables: { id } });
  await until(() => !seen.at(-1).relationship.following, 'a beginning without a follow');
  seen.length = 0;
  const following = { ...before, followersCount: before.followersCount + 1, relationship: { ...before.relationship, following: true } };
  const done = client.mutate({
    mutation: FOLLOW,
    variables: { id },
    optimisticResponse: { followCustomer: { __typename: 'FollowCustomerPayload', customer: following, userErrors: [] } },
  });
  await until(() => seen.length > 0, 'the optimistic answer');
  assert.equal(seen[0].relationship.following, true);
  const { data } = await done;
  assert.equal(data.followCustomer.customer.followersCount, before.followersCount + 1);
  assert.deepEqual(client.readQuery({ query: CUSTOMER, variables }).customerByUsername, data.followCustomer.customer);
  await client.mutate({ mutation: UNFOLLOW, variables: { id } });
  await until(() => !seen.at(-1).relationship.following, 'the end of it');
  watching.unsubscribe();
}

async function userErrors(client) {
  const { data } = await client.mutate({ mutation: RENAME, variables: { username: 'layla' } });
  const [{ __typename, code, field, suggestion }] = data.updateUsername.userErrors;
  assert.deepEqual([__typename, code, field], ['UsernameTakenError', 'CONFLICT', ['input', 'username']]);
  assert.ok(suggestion);
}

/** The cache knows by `possibleTypes` that a customer is a node. */
async function interfaces(client) {
  const { data: { viewer: { id } } } = await client.query({ query: VIEWER });
  const { data } = await client.query({ query: NODE, variables: { id } });
  assert.deepEqual([data.node.id, data.node.username], [id, 'omar']);
}

async function errors(client) {
  const failures = [
    [PRODUCTS, { first: 101 }, 'BAD_USER_INPUT', 'bad_page'],
    [PRODUCTS, { first: 'x' }, 'BAD_USER_INPUT', 'bad_variables'],
    [gql`query Old { viewer { gone } }`, {}, 'BAD_USER_INPUT', 'validation_failed'],
  ];
  for (const [query, variables, code, reason] of failures) {
    await assert.rejects(client.query({ query, variables, fetchPolicy: 'network-only' }), (error) => {
      assert.ok(CombinedGraphQLErrors.is(error), `${error}`);
      const { extensions } = error.errors[0];
      assert.deepEqual([extensions.code, extensions.reason, extensions.retryable], [code, reason, false]);
      return true;
    });
  }
}

/** An event changes the object in the cache, and so what every query shows of it. */
async function subscription(client, { as }) {
  const omar = as('omar');
  const sam = as('sam');
  const id = await submitTicket(omar, 'Apollo waits for this.');
  const ticket = client.watchQuery({ query: TICKET, variables: { id } });
  const watching = ticket.subscribe({});
  await until(() => ticket.getCurrentResult().data?.ticket, 'the ticket');
  const events = [];
  const hearing = client.subscribe({ query: UPDATED, variables: { id } }).subscribe(({ data }) => events.push(data.ticketUpdated));
  // Events are not sent for what happened before, and show the ticket as it is when they are sent: claim and release until
  // one comes while it is claimed.
  const isClaimed = () => events.some(({ claimedBy }) => claimedBy?.name);
  await until(async () => {
    await sam('mutation ($id: ID!) { claimTicket(input: { ticketId: $id }) { ticket { id } } }', { id });
    for (let tries = 0; tries < 20 && !isClaimed(); tries += 1) await new Promise((done) => setTimeout(done, 50));
    if (!isClaimed()) await sam('mutation ($id: ID!) { releaseTicket(input: { ticketId: $id }) { ticket { id } } }', { id });
    return isClaimed();
  }, 'an event that says who claimed it');
  await sam('mutation ($id: ID!) { releaseTicket(input: { ticketId: $id }) { ticket { id } } }', { id });
  await omar('mutation ($id: ID!) { cancelTicket(input: { ticketId: $id }) { ticket { id } } }', { id });
  await until(() => ticket.getCurrentResult().data.ticket.status === 'CANCELLED', 'the last status in the cache');
  hearing.unsubscribe();
  watching.unsubscribe();
}

/** A server that is too busy at first is asked again by a query, and by no mutation. */
async function retries(graph) {
  let sent = 0;
  const busy = { message: 'Busy', extensions: { code: 'UNAVAILABLE', reason: 'overloaded', retryable: true, retryAfter: 0.1 } };
  const between = createServer(async (request, response) => {
    sent += 1;
    const body = Buffer.concat(await request.toArray());
    response.setHeader('content-type', 'application/graphql-response+json');
    if (sent % 2 === 1) return response.writeHead(503, { 'retry-after': '1' }).end(JSON.stringify({ errors: [busy] }));
    const { 'content-type': type, accept } = request.headers;
    const answer = await fetch(graph, { method: 'POST', headers: { 'content-type': type, accept }, body });
    return response.writeHead(answer.status).end(await answer.text());
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
  const client = createApollo(`http://127.0.0.1:${between.address().port}`, async () => null, createLive(graph, async () => null));
  try {
    const { data } = await client.query({ query: PRODUCTS, variables: { first: 1 } });
    assert.deepEqual([data.products.edges.length, sent], [1, 2]);
    await assert.rejects(client.mutate({ mutation: FOLLOW, variables: { id: 'x' } }), ({ errors: [{ extensions }] }) => extensions.code === 'UNAVAILABLE');
    assert.equal(sent, 3);
  } finally {
    client.stop();
    between.close();
    between.closeAllConnections();
  }
}
