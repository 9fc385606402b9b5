// GraphiQL as people use it: a persona, a query, a mutation, in a real browser that may reach nothing but the server.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

import { launch, PHONE } from './chromium.mjs';
import { coloursOf } from './picture.mjs';
import { graph, server } from './server.mjs';

const PICTURE = 'out/graphiql.png';
const PICTURE_OF_PHONE = 'out/graphiql-phone.png';

const EDITORS = {
  query: '.graphiql-query-editor',
  headers: '.graphiql-editor-tool .graphiql-editor:not(.hidden)',
  response: '.graphiql-response',
};
const squeezed = (text) => text.replace(/\s/g, '');

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
page.setDefaultTimeout(20_000);
const complaints = watch(page);

try {
  await page.goto(graph);
  await open();
  await anonymousSeesNoViewer();
  await personaFillsTheHeaders();
  await queryWithNestedConnection();
  await mutation();
  await typedQuery();
  await subscription();
  await screenshot();
  assert.deepEqual(complaints, []);
  await onAPhone();
  console.log(`GraphiQL at ${graph} works; see ${PICTURE} and ${PICTURE_OF_PHONE}`);
} finally {
  await browser.close();
}

/** Collects every request to somewhere else, every page error and every complaint of the browser's console. */
function watch(page) {
  const found = [];
  page.on('pageerror', (error) => found.push(`page error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && found.push(`console: ${message.text()}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const local = url.origin === server || url.protocol === 'data:' || url.href.startsWith(`blob:${server}`);
    if (!local) found.push(`request to ${url.origin}`);
  });
  return found;
}

async function open() {
  await page.getByLabel('Persona').waitFor();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  assert.match(await textOf('query'), /WelcometoClientele/);
}

async function anonymousSeesNoViewer() {
  assert.equal(await page.getByLabel('Persona').inputValue(), 'anonymous');
  const { data } = await run();
  assert.equal(data.viewer, null);
  assert.ok(data.brands.nodes.length > 0, 'the demo data has brands');
}

async function personaFillsTheHeaders() {
  await page.getByLabel('Persona').selectOption('layla');
  await until(async () => /"Authorization":"Bearer[\w.~+/=-]+"/.test(await textOf('headers')), 'the token is in sight');
  const { data } = await run();
  assert.equal(data.viewer.username, 'layla');
}

async function queryWithNestedConnection() {
  await choose('A public account and its followers');
  const { data, errors } = await run();
  assert.equal(errors, undefined);
  assert.ok(data.customerByUsername.followers.edges.length > 0, 'omar has followers');
  const inner = data.customerByUsername.followers.edges.map((edge) => edge.node.followers);
  assert.ok(inner.some((followers) => followers?.nodes.length > 0), 'some of whom have followers themselves');
}

async function mutation() {
  await choose('Change my preferences');
  const { data, errors } = await run();
  assert.equal(errors, undefined);
  assert.deepEqual(data.updateProfile.userErrors, []);
  assert.ok(data.updateProfile.customer.preferences.preferredLanguage);
}

async function typedQuery() {
  await page.getByLabel('New tab').click();
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.insertText('query Typed { viewer { username wishlist { name } } }');
  await page.getByRole('tab', { name: 'Typed' }).waitFor();
  const { data } = await answerTo(() => page.keyboard.press('Control+Enter'));
  assert.equal(data.viewer.username, 'layla');
}

async function subscription() {
  await choose('Subscribe to the ticket queue');
  const begins = page.waitForResponse((response) => response.headers()['content-type']?.startsWith('text/event-stream'));
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await begins;
  const description = 'The browser waits for this.';
  const query = 'mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } } }';
  const input = { description, name: 'Somebody', phoneNumber: '+971501234568' };
  await page.evaluate(
    ([url, body]) => fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }),
    [graph, JSON.stringify({ query, variables: { input } })],
  );
  await until(async () => (await textOf('response')).includes(squeezed(description)), 'the ticket arrives');
  await page.getByRole('button', { name: /^Stop query/ }).click();
}

/** Opens an example by its title, with the keyboard alone. */
async function choose(title) {
  await page.getByRole('button', { name: 'Examples' }).press('Enter');
  await page.getByRole('menuitem', { name: title }).press('Enter');
  await page.getByRole('menu').waitFor({ state: 'detached' });
}

/** At another name of this machine, in the width of a phone, by touch. */
async function onAPhone() {
  const phone = await browser.newPage(PHONE);
  const errors = [];
  phone.on('pageerror', (error) => errors.push(error.message));
  await phone.goto(graph.replace(new URL(server).hostname, 'clientele.localhost'));
  await phone.locator(EDITORS.query).locator('.view-line').first().waitFor();
  await phone.getByLabel('Persona').selectOption('omar');
  const arrives = phone.waitForResponse((response) => response.request().postData()?.includes('Welcome'));
  await phone.getByRole('button', { name: /^Execute query/ }).tap();
  assert.equal((await (await arrives).json()).data.viewer.username, 'omar');
  const { width } = await phone.locator('.graphiql-response').boundingBox();
  assert.ok(width > 250, `the response can be read: ${width} pixels`);
  await phone.screenshot({ path: PICTURE_OF_PHONE, scale: 'css' });
  assert.deepEqual(errors, []);
  await phone.close();
}

async function run() {
  return answerTo(() => page.getByRole('button', { name: /^Execute query/ }).click());
}

/** The server's answer to what `press` sends, once the response pane shows it. */
async function answerTo(press) {
  const arrives = page.waitForResponse((response) => response.url() === graph && response.request().method() === 'POST');
  await press();
  const response = await arrives;
  const answer = await response.json();
  assert.equal(response.status(), 200, JSON.stringify(answer));
  await until(async () => {
    const shown = await textOf('response');
    return shown.length > 10 && squeezed(JSON.stringify(answer)).startsWith(shown);
  }, 'the response pane shows the answer');
  return answer;
}

/** The lines of an editor that are in sight, top down, without white space: Monaco draws no others, and wraps them. */
async function textOf(editor) {
  const lines = page.locator(EDITORS[editor]).locator('.view-line');
  const texts = await lines.evaluateAll((found) =>
    found.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).map((line) => line.textContent),
  );
  return squeezed(texts.join(''));
}

async function until(happens, what) {
  const deadline = Date.now() + 20_000;
  while (!(await happens())) {
    assert.ok(Date.now() < deadline, `waited in vain until ${what}`);
    await page.waitForTimeout(50);
  }
}

async function screenshot() {
  await page.getByRole('tab', { name: 'PublicCustomer' }).click();
  await page.waitForTimeout(500);
  mkdirSync('out', { recursive: true });
  const { distinct, commonest } = await coloursOf(browser, await page.screenshot({ path: PICTURE }));
  assert.ok(distinct > 200 && commonest < 0.97, `the screenshot is blank: ${distinct} colours, ${commonest} of it one`);
}
