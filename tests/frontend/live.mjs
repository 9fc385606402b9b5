// Live data as front ends have it: the public clients for both transports, two people, one ticket.
import assert from 'node:assert/strict';
import { createClient as createEvents } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws';
import WebSocket from 'ws';

import { graph } from './server.mjs';

const QUEUE = 'subscription { ticketQueueChanged { id status claimedBy { name } } }';
const TICKET = 'subscription ($id: ID!) { ticketUpdated(ticketId: $id) { status } }';
const SUBMIT = 'mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } userErrors { message } } }';
const verb = (name) => `mutation ($id: ID!) { ${name}(input: { ticketId: $id }) { ticket { status } userErrors { message } } }`;

const tokens = await personas();
const sam = socket(tokens.sam);
const omar = createEvents({ url: graph, headers: { Authorization: `Bearer ${tokens.omar}` }, retryAttempts: 0 });

const queue = sam.iterate({ query: QUEUE });
const first = queue.next();
await one(sam, '{ viewer { role } }'); // on the same socket, after the subscription
const description = 'It hums, and then it does not.';
const sent = await one(omar, SUBMIT, { input: { description, name: 'Omar', phoneNumber: '+971501234567' } });
assert.deepEqual(sent.submitTicket.userErrors, []);
const { id } = sent.submitTicket.ticket;
assert.deepEqual((await first).value.data.ticketQueueChanged, { id, status: 'OPEN', claimedBy: null });

let begun;
const connected = new Promise((resolve) => (begun = resolve));
const ticket = omar.iterate({ query: TICKET, variables: { id } }, { connected: begun });
const heard = ticket.next();
await connected;
const claimed = await one(sam, verb('claimTicket'), { id });
assert.equal(claimed.claimTicket.ticket.status, 'CLAIMED');
assert.deepEqual((await heard).value.data, { ticketUpdated: { status: 'CLAIMED' } });
const left = (await queue.next()).value.data.ticketQueueChanged;
assert.deepEqual([left.id, left.status, typeof left.claimedBy.name], [id, 'CLAIMED', 'string']);

await one(sam, verb('releaseTicket'), { id });
assert.deepEqual((await ticket.next()).value.data, { ticketUpdated: { status: 'OPEN' } });
await one(omar, verb('cancelTicket'), { id });
await ticket.return();
await queue.return();

const hidden = await errorsOf(socket(), TICKET, { id });
assert.equal(hidden[0].extensions.code, 'NOT_FOUND');
assert.equal((await errorsOf(socket('not a token'), '{ viewer { id } }')).code, 4403);
await sam.dispose();
omar.dispose();
console.log(`graphql-ws and graphql-sse hear of a ticket at ${graph}`);

function socket(token) {
  const connectionParams = token ? { token } : undefined;
  const url = graph.replace(/^http/, 'ws');
  return createSocket({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
}

/** The data of the one result of an operation. */
async function one(client, query, variables) {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  }
}

/** What an operation ends with that must not succeed. */
async function errorsOf(client, query, variables) {
  return new Promise((resolve, reject) => {
    const sink = { next: reject, error: resolve, complete: reject };
    client.subscribe({ query, variables }, sink);
  });
}

/** The development tokens of GraphiQL's page, by username. */
async function personas() {
  const page = await (await fetch(graph, { headers: { accept: 'text/html' } })).text();
  const [, config] = page.match(/<script type="application\/json" id="clientele-config">(.*?)<\/script>/s);
  return Object.fromEntries(JSON.parse(config).personas.map(({ username, token }) => [username, token]));
}
