// Takes the pictures of docs/graphiql.md anew: `CLIENTELE_URL=http://127.0.0.1:8000 node explorer/pictures.mjs`
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';

import { launch, PHONE } from '../chromium.mjs';
import { coloursOf } from '../picture.mjs';
import { Explorer } from './explorer.mjs';

const FOLDER = new URL('../../../docs/images/', import.meta.url);
const MAX_BYTES = 250 * 1024;
const SIZES = { desktop: { viewport: { width: 1440, height: 900 } }, phone: PHONE };

mkdirSync(FOLDER, { recursive: true });
const browser = await launch();
try {
  for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      const picture = await take(size, { ...options, colorScheme });
      const { distinct, commonest } = await coloursOf(browser, picture);
      assert.ok(distinct > 100 && commonest < 0.95, `${size}, ${colorScheme}: the picture shows something`);
      assert.ok(picture.length <= MAX_BYTES, `${size}, ${colorScheme}: ${picture.length} bytes`);
      writeFileSync(new URL(`graphiql-${size}-${colorScheme}.png`, FOLDER), picture);
    }
  }
} finally {
  await browser.close();
}

/** The first screen, signed in as a persona whose answer has Arabic in it. */
async function take(size, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const explorer = new Explorer(page, size);
  await explorer.arrive();
  await page.getByRole('group', { name: 'Sign in as' }).getByRole('button', { name: /layla/ }).click();
  await explorer.until(async () => (await explorer.textOf('response')).includes('"username":"layla"'), 'the answer is hers');
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.fonts.ready);
  const picture = await page.screenshot({ scale: 'css' });
  await context.close();
  return picture;
}
