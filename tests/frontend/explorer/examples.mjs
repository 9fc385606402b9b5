/** The examples: found with the keyboard alone, marked, and each one opens as it is. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../../explorer/examples/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.graphql'));
const texts = files.map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

const finder = ({ page }) => page.getByRole('combobox', { name: 'Search examples' });
const options = ({ page }) => page.getByRole('option');
const selected = ({ page }) => page.getByRole('option', { selected: true });

async function openFinder(explorer) {
  await explorer.open();
  await explorer.page.getByRole('button', { name: 'Examples' }).press('Enter');
  await finder(explorer).waitFor();
}

async function titles(explorer) {
  return options(explorer).locator('strong').allTextContents();
}

export const checks = {
  'all are there, by kind, with their persona': async (explorer) => {
    await openFinder(explorer);
    assert.deepEqual((await titles(explorer)).sort(), texts.map((text) => text.match(/^# (.*)/)[1]).sort());
    for (const kind of ['query', 'mutation', 'subscription']) {
      const expected = texts.filter((text) => new RegExp(`^${kind} `, 'm').test(text)).length;
      assert.equal(await options(explorer).locator('em', { hasText: new RegExp(`^${kind}$`) }).count(), expected);
    }
    const claim = explorer.page.getByRole('option', { name: /^Claim a ticket/ });
    assert.match(await claim.textContent(), /mutation.*sam$/);
    const taken = explorer.page.getByRole('option').filter({ hasText: 'username taken' });
    assert.match(await taken.textContent(), /shows an error/);
  },

  'by title, description, field, kind and persona': async (explorer) => {
    await openFinder(explorer);
    for (const [text, title] of [
      ['block somebody', 'Block somebody'],
      ['secret link', 'Begin another wishlist'],
      ['previousWishlist', 'Move an item to another list'],
      ['SUBSCRIPTION layla', 'Subscribe to my ticket'],
    ]) {
      await finder(explorer).fill(text);
      assert.equal((await titles(explorer))[0], title, text);
    }
    await finder(explorer).fill('no such words');
    assert.equal(await options(explorer).count(), 0);
    await explorer.page.getByText('No example has all of these words.').waitFor();
    await finder(explorer).press('Enter');
    assert.ok(await finder(explorer).isVisible(), 'Enter opens nothing where nothing was found');
  },

  'arrows, Enter and Escape': async (explorer) => {
    const { page } = explorer;
    await openFinder(explorer);
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('role'));
    assert.equal(await focused(), 'combobox');
    const all = await titles(explorer);
    for (const [key, place] of [['ArrowUp', 0], ['ArrowDown', 1], ['ArrowDown', 2], ['ArrowUp', 1], ['PageDown', 9], ['PageUp', 1]]) {
      await finder(explorer).press(key);
      assert.equal(await selected(explorer).locator('strong').textContent(), all[place], key);
      const id = await finder(explorer).getAttribute('aria-activedescendant');
      assert.equal(id, await selected(explorer).getAttribute('id'));
    }
    await finder(explorer).press('Escape');
    await finder(explorer).waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Examples', 'the focus returns');
    await explorer.chooseExample('Move an item to another list');
    await page.getByRole('button', { name: 'MoveWishlistItem', exact: true }).waitFor();
    assert.match(await explorer.textOf('query'), /mutationMoveWishlistItem/);
    assert.equal(await page.getByLabel('Persona').inputValue(), 'layla');
  },

  'what the server alone knows is filled in: a signature': async (explorer) => {
    await explorer.open();
    await explorer.chooseExample('Verify a payment');
    const { data } = await explorer.run();
    assert.deepEqual(data.verifyPayment.userErrors, []);
    assert.equal(data.verifyPayment.payment.status, 'COMPLETED');
  },

  'the list fits the screen': async (explorer) => {
    await openFinder(explorer);
    const { width, height } = explorer.page.viewportSize();
    for (const option of [options(explorer).first(), options(explorer).last()]) {
      await option.scrollIntoViewIfNeeded();
      const box = await option.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box));
      assert.ok(box.height >= 44, 'it can be pressed with a thumb');
    }
    assert.equal(await explorer.page.evaluate(() => document.documentElement.scrollWidth), width);
    await options(explorer).last().click();
    await explorer.page.getByRole('button', { name: 'FollowMyPayment', exact: true }).waitFor();
  },
};
