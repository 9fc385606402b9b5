import assert from 'node:assert/strict';

import { findings } from './axe.mjs';
import { squeezed } from './explorer.mjs';

const FINGER = 44;
const plugin = (name) => async ({ page }) => page.getByRole('button', { name }).click();

/**
 * Everything that can be opened, and how. None may be wider than the screen, have a button that a finger cannot hit,
 * or show axe-core something serious, in the light or the dark theme.
 */
export const STATES = {
  'the first screen': async () => {},
  'an answer': async (explorer) => {
    await explorer.closeStart();
    await explorer.run();
  },
  variables: async (explorer) => {
    await explorer.closeStart();
    if (explorer.size === 'phone') await explorer.page.getByRole('button', { name: 'Query', exact: true }).click();
    await explorer.page.getByRole('button', { name: 'Variables' }).click();
  },
  'an error': async (explorer) => {
    await explorer.closeStart();
    await explorer.type('query Queue { ticketQueue { totalCount } }');
    await explorer.executeButton.click();
    await explorer.page.getByText(/\d error/).waitFor();
  },
  'SQL statements': async (explorer) => {
    await explorer.closeStart();
    await explorer.page.getByRole('button', { name: /SQL statement/ }).click();
    await explorer.page.locator('.statement summary').first().click();
  },
  docs: async ({ page }) => {
    await page.getByRole('button', { name: /Documentation Explorer/ }).click();
    await page.getByRole('heading', { name: 'Areas' }).waitFor();
  },
  'docs of an area': async (explorer) => {
    await STATES.docs(explorer);
    for (const summary of (await explorer.page.locator('.docs-front summary').all()).slice(-2)) await summary.click();
  },
  'docs of a type': async (explorer) => {
    await STATES.docs(explorer);
    await explorer.page.locator('.docs-roots').getByRole('link').first().click();
    await explorer.page.getByRole('link', { name: 'Go back to Docs' }).waitFor();
  },
  history: plugin(/History/),
  'the field tree': async ({ page }) => {
    await page.getByRole('button', { name: 'Show Field tree' }).click();
    await page.getByRole('region', { name: 'Field tree' }).getByText('supportedLanguages', { exact: true }).waitFor();
  },
  'the examples': plugin('Examples'),
  'an example that is searched in vain': async ({ page }) => {
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.getByRole('combobox', { name: 'Search examples' }).fill('nothing like this');
  },
  'share as curl': async (explorer) => {
    await explorer.choosePersona('layla');
    await explorer.page.getByRole('button', { name: /^Token: \d/ }).waitFor();
    await explorer.page.getByRole('button', { name: 'Share', exact: true }).click();
  },
  'share a link': async ({ page }) => {
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByRole('radio', { name: 'Link' }).click();
    await page.getByRole('button', { name: 'Copy the link' }).waitFor();
  },
  'a link that is ignored': async ({ page }) => {
    await page.evaluate(() => (location.hash = 'share=AAAA'));
    await page.getByText('The link was ignored').waitFor();
  },
  'the token': async (explorer) => {
    await explorer.choosePersona('layla');
    await explorer.page.getByRole('button', { name: /^Token: \d/ }).click();
  },
  'a subscription': async (explorer) => {
    const { page } = explorer;
    await explorer.closeStart();
    const event = (number) => `id: a:${number}\nevent: next\ndata: {"data":{"ticketQueueChanged":{"id":"T${number}","description":"The laptop asks for a key"}}}\n\n`;
    await page.route('**/graphql', (route) =>
      route.request().headers().accept === 'text/event-stream'
        ? route.fulfill({ contentType: 'text/event-stream', body: `${event(1)}${event(2)}event: complete\ndata: \n\n` })
        : route.continue(),
    );
    await explorer.chooseExample('Subscribe to the ticket queue');
    await explorer.executeButton.click();
    await page.getByText('The server completed it').waitFor();
    await page.getByRole('region', { name: 'Subscription' }).getByRole('listitem').first().getByRole('button', { expanded: false }).click();
  },
  'short keys': plugin(/short keys/i),
  settings: plugin(/settings/i),
  'three tabs': async (explorer) => {
    await explorer.closeStart();
    for (const name of ['First', 'Second']) await explorer.type(`query ${name} { viewer { username } }`);
  },
};

/** What is too wide, too narrow to read, or too small to press. */
function misfits([width, finger]) {
  const found = [];
  if (document.scrollingElement.scrollWidth > width) found.push(`the page is ${document.scrollingElement.scrollWidth} wide`);
  for (const element of document.querySelectorAll('button, select, input, summary, a[href], [role=option]')) {
    const pressed = element.matches('[type=checkbox]') ? (element.closest('label') ?? element) : element;
    const { left, right, width: wide, height } = pressed.getBoundingClientRect();
    const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && wide > 1 && left > -500;
    if (!isShown || element.closest('.monaco-editor, .graphiql-tabs')) continue;
    const name = element.getAttribute('aria-label') ?? element.textContent.slice(0, 40) ?? element.tagName;
    if (left < 0 || right > width) found.push(`${name} lies from ${left} to ${right}`);
    if (element.matches('select') && wide < 100) found.push(`${name} is ${wide} wide`);
    // Links within a text are as high as its lines.
    const isInText = element.matches('.graphiql-plugin a, .graphiql-dialog a');
    if (finger && !isInText && (Math.round(height) < finger || Math.round(wide) < finger)) found.push(`${name} is ${wide} by ${height}`);
  }
  return found;
}

/** Whether the focused element is where it would be pressed. */
function isSeen() {
  const { left, top, width, height } = document.activeElement.getBoundingClientRect();
  return document.activeElement.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}

const fits = Object.fromEntries(
  Object.entries(STATES).map(([state, open]) => [
    `all of it fits and can be read: ${state}`,
    async (explorer) => {
      const { page } = explorer;
      await explorer.arrive();
      await open(explorer);
      const { width } = page.viewportSize();
      let wide = [];
      await explorer.until(async () => !(wide = await page.evaluate(misfits, [width, 0])).length, 'nothing is too wide').catch(() => assert.deepEqual(wide, []));
      assert.deepEqual(await page.evaluate(misfits, [width, explorer.size === 'phone' ? FINGER : 0]), []);
      assert.deepEqual(await findings(page), []);
    },
  ]),
);

const share = async ({ page }, pane) => (await page.locator(pane).boundingBox()).height / page.viewportSize().height;

export const checks = {
  ...fits,

  'the answer comes into view, and the query when it is written': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.chooseExample('My wishlist, down to the price');
    if (explorer.size === 'phone') await explorer.until(async () => (await share(explorer, '.graphiql-editors')) > 0.5, 'the query is large');
    await explorer.run();
    await explorer.until(async () => (await share(explorer, '.graphiql-response')) > 0.5, 'the answer is large');
    const answer = await page.locator('.graphiql-response').boundingBox();
    assert.ok(answer.width >= (explorer.size === 'phone' ? 380 : 400), `${answer.width} px to read in`);
    if (explorer.size !== 'phone') return;
    await page.locator('.graphiql-query-editor .monaco-editor').click();
    await explorer.until(async () => (await share(explorer, '.graphiql-editors')) > 0.5, 'the query is large again');
    await page.getByRole('button', { name: 'Answer', exact: true }).click();
    await explorer.until(async () => (await share(explorer, '.graphiql-response')) > 0.5, 'the answer is large again');
  },

  'one line tells what an answer has cost, beside an open plugin': async (explorer) => {
    const { page, size } = explorer;
    if (size === 'phone') return;
    await explorer.arrive();
    const line = page.getByRole('group', { name: 'About the last answer' });
    for (const width of [1440, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await explorer.until(async () => (await line.boundingBox()).height <= 40, `one line has all of it at ${width} px`);
      assert.match(await line.textContent(), /cost \d+ of 5,000.*compiled.*SQL statements$/, 'a screen reader reads all words');
    }
  },

  'a page that is enlarged to twice its size can be used beside an open plugin': async (explorer) => {
    const { page, size } = explorer;
    if (size === 'phone') return;
    await explorer.arrive();
    for (const [width, height] of [[720, 450], [640, 360]]) {
      await page.setViewportSize({ width, height });
      await explorer.until(async () => !(await page.evaluate(misfits, [width, 0])).length, `nothing is cut off at ${width} px`);
      for (const pane of ['.graphiql-query-editor .monaco-editor', '.graphiql-response .monaco-editor']) {
        const box = await page.locator(pane).boundingBox();
        assert.ok(box.width >= 250, `${pane} is ${box.width} wide at ${width} px`);
      }
      await page.getByRole('button', { name: 'Copy query' }).focus();
      await explorer.until(() => page.evaluate(isSeen), 'the last button of the toolbar is scrolled to');
      await page.getByRole('button', { name: /settings/i }).click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  },

  'a plugin that is closed leaves its room to the editors': async (explorer) => {
    const { page } = explorer;
    await explorer.arrive();
    await explorer.closeStart();
    const { width } = page.viewportSize();
    await explorer.until(async () => (await page.locator('.graphiql-sessions').boundingBox()).width > width - 70, 'the editors take it');
    for (const name of [/Documentation Explorer/, /History/, 'Show Start']) {
      await page.getByRole('button', { name }).click();
      await page.locator('.graphiql-plugin').waitFor();
    }
    await explorer.closeStart();
    await page.locator('.graphiql-plugin').waitFor({ state: 'hidden' });
  },

  'the answer to one tab is not shown in another': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    let answer;
    const held = new Promise((resolve) => (answer = resolve));
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('Slow')) return route.continue();
      await held;
      await route.fulfill({ json: { data: { late: true } } });
    });
    await explorer.type('query Slow { viewer { username } }');
    await explorer.executeButton.click();
    await page.getByLabel('New tab').click();
    const arrived = page.waitForResponse((response) => response.request().postData()?.includes('Slow'));
    answer();
    await arrived;
    await explorer.type('query Fast { viewer { username } }');
    const { data } = await explorer.run();
    assert.equal(data.viewer, null);
    assert.ok(!(await explorer.textOf('response')).includes(squeezed('"late"')));
  },
};
