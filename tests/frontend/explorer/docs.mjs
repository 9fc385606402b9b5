import assert from 'node:assert/strict';

import { graph } from '../server.mjs';

export const checks = {
  'the front page is a guide to the graph': async (explorer) => {
    const docs = await open(explorer);
    await docs.getByText('GraphQL API: customers and follows').waitFor();
    const errors = docs.locator('nav[aria-label="Guide"] details', { has: explorer.page.getByText('Errors', { exact: true }) });
    await errors.locator('summary').press('Enter');
    await errors.getByText('the token is invalid or has expired').waitFor();
    assert.ok((await errors.locator('li').count()) >= 10, 'each code has a line');
  },

  'everything in the schema is in one area': async (explorer) => {
    const docs = await open(explorer);
    await docs.locator('details:not([open]) > summary').first().waitFor();
    for (const summary of await docs.locator('details > summary').all()) await summary.click();
    const shown = await docs.locator('.docs-group li > a').allTextContents();
    const { types, fields } = await everything();
    assert.deepEqual(shown.toSorted(), [...types, ...fields].toSorted());
    assert.equal(await docs.locator('summary', { hasText: /^Others/ }).count(), 0);
  },

  'an area leads to a mutation, which says who can use it and what can go wrong, and back': async (explorer) => {
    const { page } = explorer;
    const docs = await open(explorer);
    const wishlists = docs.locator('details', { has: page.locator('summary', { hasText: /^Wishlists/ }) });
    await wishlists.locator('summary').click();
    await docs.getByRole('link', { name: 'addToWishlist', exact: true }).click();
    await docs.getByText('Requires sign-in.').waitFor();
    assert.match(await docs.innerText(), /Possible userErrors: SignedOutError, InvalidInputError, NotFoundError, LimitReachedError\./);
    await docs.getByRole('link', { name: 'Go back to Mutation' }).click();
    await docs.getByRole('link', { name: 'Go back to Docs' }).click();
    await wishlists.getByRole('link', { name: 'createWishlist', exact: true }).waitFor();
    assert.ok(await wishlists.evaluate((details) => details.open), 'the area is as it was left');
  },

  'a field says who sees it': async (explorer) => {
    const docs = await open(explorer);
    await search(explorer, docs, 'phoneVerified', /^Customer\.phoneVerified$/);
    await docs.getByText('Visible to the customer and admins; null for others.').waitFor();
  },

  'an argument shows its default, unless that is null': async (explorer) => {
    const docs = await open(explorer);
    await docs.getByRole('link', { name: 'Query', exact: true }).click();
    await docs.getByRole('link', { name: 'products', exact: true }).click();
    await docs.getByText('How many rows to return from the start of the list').waitFor();
    const text = await docs.innerText();
    assert.match(text, /sort: ProductSort = RELEVANCE/);
    assert.match(text, /first: Int\n/);
    assert.doesNotMatch(text, /= null/);
  },

  'nothing is wider than the page, and a finger finds every link': async (explorer) => {
    const docs = await open(explorer);
    for (const summary of await docs.locator('details > summary').all()) await summary.click();
    const [width, room] = await docs.evaluate((section) => [section.scrollWidth, section.clientWidth]);
    assert.ok(width <= room, `${width} px in ${room} px`);
    if (explorer.size !== 'phone') return;
    const small = await docs.locator('summary, .docs-front li > a').evaluateAll((all) =>
      all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent),
    );
    assert.deepEqual(small, []);
  },
};

async function open(explorer) {
  const { page } = explorer;
  await explorer.open();
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const docs = page.getByRole('region', { name: 'Documentation Explorer' });
  await docs.locator('nav').waitFor();
  return docs;
}

async function search({ page }, docs, text, option) {
  await docs.getByRole('combobox').click();
  await page.keyboard.insertText(text);
  await docs.getByRole('option', { name: option }).click();
}

/** The names of all types and of all fields of the roots, from the server. */
async function everything() {
  const query = '{ __schema { types { name } queryType { ...Root } mutationType { ...Root } subscriptionType { ...Root } } } fragment Root on __Type { name fields { name } }';
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(graph, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { types, ...roots } = (await answer.json()).data.__schema;
  const rootNames = Object.values(roots).map(({ name }) => name);
  return {
    types: types.map(({ name }) => name).filter((name) => !name.startsWith('__') && !rootNames.includes(name)),
    fields: Object.values(roots).flatMap(({ fields }) => fields.map(({ name }) => name)),
  };
}
