/** Subscriptions: they show that they listen, what arrives, what was missed, and why they end. */
import assert from 'node:assert/strict';

import { graph } from '../server.mjs';

const panel = ({ page }) => page.getByRole('region', { name: 'Subscription' });
const status = (explorer) => panel(explorer).getByRole('status');
const events = (explorer) => panel(explorer).getByRole('listitem');
const button = (explorer, name) => panel(explorer).getByRole('button', { name });

async function listenTo(explorer, title = 'Subscribe to the ticket queue') {
  await explorer.open();
  await explorer.chooseExample(title);
  await explorer.executeButton.click();
  await status(explorer).filter({ hasText: 'Listening …' }).waitFor();
}

let number = 0;

async function submit(page) {
  const query = 'mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } userErrors { message } } }';
  const description = `Ticket ${process.pid}-${++number}`;
  const input = { description, name: 'Somebody', phoneNumber: `+9715012${10_000 + (Date.now() % 80_000)}` };
  const { data } = await (await page.request.post(graph, { data: { query, variables: { input } } })).json();
  assert.deepEqual(data.submitTicket.userErrors, []);
  return description;
}

/** Answers the next requests for streams with these bodies; the others reach the server. */
async function answerStreams(page, ...answers) {
  const seen = [];
  await page.route('**/graphql', (route) => {
    const isStream = route.request().headers().accept === 'text/event-stream';
    const answer = isStream && answers.shift();
    if (isStream) seen.push(route.request().headers()['last-event-id']);
    return answer ? route.fulfill({ status: 200, contentType: 'text/event-stream', ...answer }) : route.continue();
  });
  return seen;
}

const event = (id, value, extensions) =>
  `id: ${id}\nevent: next\ndata: ${JSON.stringify({ data: { ticketQueueChanged: { id: value } }, ...(extensions && { extensions }) })}\n\n`;

export const checks = {
  'it listens, logs what arrives with the newest first, and stops': async (explorer) => {
    const { page } = explorer;
    await listenTo(explorer);
    await panel(explorer).getByText(/for \d+ s, since \d\d:\d\d:\d\d/).waitFor();
    const first = await submit(page);
    await events(explorer).filter({ hasText: first }).waitFor();
    const second = await submit(page);
    await events(explorer).filter({ hasText: second }).waitFor();
    const logged = (await events(explorer).allTextContents()).join('\n'); // with those of other checks
    assert.ok(logged.indexOf(second) < logged.indexOf(first), logged);
    const event = events(explorer).filter({ hasText: second });
    await event.getByRole('button', { expanded: false }).click();
    assert.match(await event.locator('pre').textContent(), /"ticketQueueChanged": \{\n/);
    await button(explorer, 'Stop').click();
    await status(explorer).filter({ hasText: 'Ended' }).waitFor();
    await panel(explorer).getByText('You stopped it.').waitFor();
    await page.getByRole('button', { name: /^Execute query/ }).waitFor();
    await button(explorer, 'Close').click();
    await panel(explorer).waitFor({ state: 'detached' });
  },

  'it goes on while a mutation runs in another tab': async (explorer) => {
    const { page } = explorer;
    await listenTo(explorer);
    await explorer.chooseExample('Submit a ticket without an account');
    const { data } = await explorer.run();
    assert.deepEqual(data.submitTicket.userErrors, []);
    await events(explorer).filter({ hasText: 'The laptop asks for a key' }).first().waitFor();
    assert.match(await explorer.textOf('response'), /submitTicket/, 'the response of this tab stays');
    await page.getByRole('button', { name: 'WatchQueue', exact: true }).click();
    await status(explorer).filter({ hasText: 'Listening …' }).waitFor();
    await page.getByRole('button', { name: 'Close tab WatchQueue' }).click();
    await panel(explorer).getByText('Its tab was closed.').waitFor();
  },

  'it connects again where it was, and shows a resync': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    const seen = await answerStreams(page, { body: event('a:1', 'FIRST') }, { body: event('b:2', 'SECOND', { resync: true }) + event('b:3', 'THIRD') });
    await explorer.chooseExample('Subscribe to the ticket queue');
    await explorer.executeButton.click();
    await status(explorer).filter({ hasText: 'connection lost, attempt 1 of 10' }).waitFor();
    await events(explorer).filter({ hasText: 'THIRD' }).waitFor();
    const resync = events(explorer).filter({ hasText: 'SECOND' });
    assert.match(await resync.textContent(), /resync.*Events before this one were missed/);
    assert.deepEqual(seen.slice(0, 2), [undefined, 'a:1']);
    await events(explorer).filter({ hasText: 'The connection was lost' }).first().waitFor();
    await button(explorer, 'Stop').click();
    await panel(explorer).getByText('You stopped it.').waitFor();
  },

  'it says why it ended: completed, refused, expired': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    const complete = 'event: complete\ndata: \n\n';
    const failed = `event: next\ndata: ${JSON.stringify({ errors: [{ message: 'No longer.', extensions: { code: 'FORBIDDEN' } }] })}\n\n${complete}`;
    await answerStreams(page, { body: complete }, { body: failed });
    await explorer.chooseExample('Subscribe to the ticket queue');
    await explorer.executeButton.click();
    await panel(explorer).getByText('The server completed it').waitFor();
    await explorer.executeButton.click();
    await panel(explorer).getByText('The server ended it: FORBIDDEN No longer.').waitFor();

    await explorer.choosePersona('layla');
    await explorer.executeButton.click();
    await panel(explorer).getByText(/The server ended it: FORBIDDEN/).waitFor();

    const claims = btoa(JSON.stringify({ exp: Math.floor(Date.now() / 1_000) - 5 }));
    await answerStreams(page, { body: event('a:1', 'LAST') });
    await explorer.typeHeaders(JSON.stringify({ Authorization: `Bearer ${btoa('{"alg":"RS256"}')}.${claims}.x` }));
    await explorer.executeButton.click();
    await panel(explorer).getByText(/The token expired at/).waitFor();
  },

  'what it logs is bounded, and fits the screen': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    const body = Array.from({ length: 130 }, (_, place) => event(`a:${place}`, `EVENT-${place}-`)).join('') + 'event: complete\ndata: \n\n';
    await answerStreams(page, { body });
    await explorer.chooseExample('Subscribe to the ticket queue');
    await explorer.executeButton.click();
    await button(explorer, /130 events/).waitFor();
    assert.equal(await events(explorer).count(), 100);
    assert.match(await events(explorer).first().textContent(), /#130.*EVENT-129-/);
    const box = await panel(explorer).boundingBox();
    const { width, height } = page.viewportSize();
    assert.ok(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box));
  },
};
