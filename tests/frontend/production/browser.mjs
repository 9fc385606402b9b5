// Pages of another site in a real browser, as large as a phone: the API has another host name and another port.
import assert from 'node:assert/strict';

import { launch, PHONE } from '../chromium.mjs';
import { submitTicket, until } from './people.mjs';

const verb = (name) => `mutation ($id: ID!) { ${name}(input: { ticketId: $id }) { ticket { id } userErrors { message } } }`;

export async function test(world) {
  const browser = await launch('--host-resolver-rules=MAP *.example 127.0.0.1');
  try {
    const id = await submitTicket(world.as('omar'), 'Pages wait for this.');
    for (const name of ['apollo', 'relay']) {
      const page = await open(browser, world, name, id);
      await liveTicket(page, world, id);
      await secondPage(page);
      if (name === 'apollo') await wishlist(page, world);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
    await world.as('omar')(verb('cancelTicket'), { id });
    await strangers(browser, world);
  } finally {
    await browser.close();
  }
}

async function open(browser, { site, graphOfPages, token }, name, ticket) {
  const page = await (await browser.newContext({ ...PHONE, locale: 'ar-AE' })).newPage();
  page.setDefaultTimeout(20_000);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(`console: ${message.text()}`);
  });
  await page.exposeFunction('getToken', () => token('omar'));
  await page.goto(`${site}/${name}?${new URLSearchParams({ graph: graphOfPages, ticket })}`);
  return page;
}

/** The ticket changes on the page, by a subscription over a WebSocket. */
async function liveTicket(page, { as }, id) {
  const status = page.getByRole('status');
  await until(async () => /^OPEN/.test(await status.innerText()), 'the open ticket');
  const sam = as('sam');
  await until(async () => {
    await sam(verb('claimTicket'), { id });
    if (/^CLAIMED Sam/.test(await status.innerText())) return true;
    await sam(verb('releaseTicket'), { id });
    return false;
  }, 'the claimed ticket on the page');
  await sam(verb('releaseTicket'), { id });
  await until(async () => /^OPEN/.test(await status.innerText()), 'the released ticket on the page');
}

async function secondPage(page) {
  const products = page.getByRole('list', { name: 'Products' }).getByRole('listitem');
  await until(async () => (await products.count()) === 20, 'the first page');
  await page.getByRole('button', { name: 'More' }).tap();
  await until(async () => (await products.count()) === 40, 'the second page');
}

/** The button is pressed at once, and still is when the page is loaded again. */
async function wishlist(page, { as }) {
  const query = '{ products(first: 20, sort: NEWEST) { nodes { title viewerHasWishlisted variants(first: 1) { id } } } }';
  const { products } = await as('omar')(query);
  const index = products.nodes.findIndex(({ viewerHasWishlisted, variants }) => !viewerHasWishlisted && variants.length > 0);
  const button = () => page.getByRole('button', { name: 'Wishlist' }).nth(index);
  const answered = page.waitForResponse((response) => response.request().postData()?.includes('AddToWishlist'));
  await button().tap();
  assert.equal((await (await answered).json()).errors, undefined);
  const pressed = async () => (await button().getAttribute('aria-pressed')) === 'true';
  await until(pressed, 'the button');
  await page.reload();
  await until(pressed, 'the button after a reload');
  const variantId = products.nodes[index].variants[0].id;
  await as('omar')('mutation ($id: ID!) { removeFromWishlist(input: { variantId: $id }) { userErrors { message } } }', { id: variantId });
}

/** A page of a listed site reads the headers that it needs; one of another site reads nothing and opens no WebSocket. */
async function strangers(browser, { site, graphOfPages }) {
  const ask = async (origin) => {
    const page = await browser.newPage();
    await page.goto(`${origin}/none`);
    return page.evaluate(async (graph) => {
      const body = JSON.stringify({ query: '{ supportedLanguages }' });
      const headers = { 'content-type': 'application/json', 'apollographql-client-name': 'shop', 'x-anything': '1' };
      const asked = fetch(graph, { method: 'POST', headers, body });
      const answer = await asked.then((response) => response.headers.get('x-request-id'), () => 'refused');
      const got = await fetch(`${graph}?query={supportedLanguages}`).then(({ status }) => status, () => 'refused');
      const socket = new WebSocket(graph.replace(/^http/, 'ws'), 'graphql-transport-ws');
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      });
      return [got, opened, answer];
    }, graphOfPages);
  };
  const [got, socket, requestId] = await ask(site);
  assert.deepEqual([got, socket], [200, 'open']);
  assert.match(requestId, /^[\w-]{36}$/);
  assert.deepEqual(await ask(site.replace('shop.', 'other.')), ['refused', 'refused', 'refused']);
}
