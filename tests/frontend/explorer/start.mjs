import assert from 'node:assert/strict';

import { isOperation } from './explorer.mjs';

const heading = ({ page }) => page.getByRole('heading', { name: 'Welcome to Clientele' });
const card = ({ page }, username) => page.getByRole('group', { name: 'Sign in as' }).getByRole('button', { name: new RegExp(username) });
const isSignedIn = (explorer, username) => async () => (await explorer.textOf('response')).includes(`"username":"${username}"`);

/** The operations that the page sends from now on. */
function sent(page) {
  const operations = [];
  page.on('request', (request) => isOperation(request) && operations.push({ ...request.postDataJSON(), headers: request.headers() }));
  return operations;
}

export const checks = {
  'the first open shows an answer, personas, five examples, docs and schema': async (explorer) => {
    const { page } = explorer;
    const operations = sent(page);
    await explorer.arrive();
    await heading(explorer).waitFor();
    assert.deepEqual(operations.map(({ operationName }) => operationName ?? 'Welcome'), ['Welcome']);
    assert.equal(await page.getByRole('group', { name: 'Sign in as' }).getByRole('button').count(), 6);
    assert.equal(await page.locator('.first-screen-examples button').count(), 5);
    assert.equal(await page.getByRole('link', { name: 'The schema as SDL' }).getAttribute('href'), '/schema.graphql');
    await page.getByRole('button', { name: 'Docs of every type and field' }).click();
    await page.getByRole('heading', { name: 'Docs', exact: true }).waitFor();
  },

  'a card signs in, and the answer changes': async (explorer) => {
    await explorer.arrive();
    await card(explorer, 'layla').click();
    await explorer.until(isSignedIn(explorer, 'layla'), 'the answer is hers');
    assert.equal(await card(explorer, 'layla').getAttribute('aria-pressed'), 'true');
    await card(explorer, 'Anonymous').click();
    await explorer.answered();
    await explorer.until(async () => !(await isSignedIn(explorer, 'layla')()), 'the answer is that of a stranger');
  },

  'once closed it stays closed, and can be found again': async (explorer) => {
    const { page } = explorer;
    await explorer.arrive();
    await explorer.closeStart();
    await heading(explorer).waitFor({ state: 'detached' });
    await page.reload();
    await explorer.answered();
    assert.equal(await heading(explorer).count(), 0);
    await page.getByRole('button', { name: 'Show Start' }).click();
    await heading(explorer).waitFor();
  },

  'only the welcome query runs by itself': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.type('mutation Dangerous { updateProfile(input: {}) { userErrors { message } } }');
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('Dangerous'));
    const operations = sent(page);
    const schema = page.waitForResponse((response) => response.request().postData()?.includes('IntrospectionQuery'));
    await page.reload();
    await schema;
    await page.getByRole('button', { name: 'Dangerous', exact: true }).waitFor();
    await explorer.until(async () => (await explorer.textOf('query')).includes('Dangerous'), 'the tab is back');
    await explorer.executeButton.waitFor();
    assert.deepEqual(operations, []);
  },

  'a reload keeps the persona of each tab': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    for (const [username, name] of [['layla', 'First'], ['omar', 'Second']]) {
      await explorer.type(`query ${name} { viewer { username } }`);
      await explorer.choosePersona(username);
      assert.equal((await explorer.run()).data.viewer.username, username);
    }
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('query Second'));
    assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).includes('eyJ'), 'no token is kept');
    await page.reload();
    for (const [name, username] of [['Second', 'omar'], ['First', 'layla'], ['Second', 'omar']]) {
      await page.getByRole('button', { name, exact: true }).click();
      await explorer.until(async () => (await explorer.textOf('query')).includes(name), 'the tab is shown');
      await explorer.until(async () => (await page.getByLabel('Persona').inputValue()) === username, `${name} is ${username}'s`);
      assert.equal((await explorer.run()).data.viewer.username, username);
    }
    await page.getByRole('button', { name: /History/ }).click();
    await page.locator('.graphiql-history-item-label', { hasText: 'First' }).last().click();
    await explorer.until(async () => (await page.getByLabel('Persona').inputValue()) === 'layla', 'the history knows whose it was');
  },

  'each window keeps its own persona': async (explorer, { context }) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.until(isSignedIn(explorer, 'layla'), 'this window is signed in');
    const other = await context.newPage();
    await other.goto(page.url());
    await explorer.until(async () => (await other.getByLabel('Persona').inputValue()) === 'layla', 'a new window begins as the last one');
    await other.getByLabel('Persona').selectOption('omar');
    await other.close();
    await page.reload();
    await explorer.until(async () => (await page.getByLabel('Persona').inputValue()) === 'layla', 'this window is still hers');
    await explorer.until(isSignedIn(explorer, 'layla'), 'and its answer as well');
  },

  'a token that is refused is renewed': async (explorer, { complaints }) => {
    const { page } = explorer;
    await page.route('**/graphql', async (route) => {
      if (route.request().resourceType() !== 'document') return route.continue();
      const response = await route.fetch();
      // As if the server had restarted with another key: the last letters of a token are its signature.
      await route.fulfill({ response, body: (await response.text()).replace(/(eyJ[\w.-]+)[\w-]{8}"/g, '$1AAAAAAAA"') });
    });
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.until(isSignedIn(explorer, 'layla'), 'the answer has come with a new token');
    await explorer.type('query Again { viewer { username } }');
    const operations = sent(page);
    assert.equal((await explorer.run()).data.viewer.username, 'layla');
    assert.equal(operations.length, 1, 'the new token is known in every tab');
    const [refused, ...others] = complaints.splice(0);
    assert.match(refused, /401/);
    assert.deepEqual(others, []);
  },

  'a subscription whose token is refused is renewed': async (explorer, { complaints }) => {
    const { page } = explorer;
    let refusals = 0;
    await page.route('**/graphql', async (route) => {
      const isStream = route.request().method() === 'POST' && route.request().postData().includes('WatchQueue');
      if (!isStream || refusals++) return route.continue();
      await route.fulfill({ status: 401, json: { errors: [{ message: 'expired', extensions: { code: 'UNAUTHENTICATED' } }] } });
    });
    await explorer.open();
    await explorer.chooseExample('Subscribe to the ticket queue');
    const begins = page.waitForResponse((response) => response.headers()['content-type']?.startsWith('text/event-stream'));
    await explorer.executeButton.click();
    await begins;
    await page.getByRole('button', { name: /^Stop query/ }).click();
    await explorer.executeButton.waitFor();
    assert.match(complaints.splice(0).join(), /^console: [^,]*401[^,]*$/);
  },
};
