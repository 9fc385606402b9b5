// GraphiQL as people use it: every check of this folder at the size of a desktop and of a phone, in a real browser that
// may reach nothing but the server. `node explorer/run.mjs layout` runs the checks of layout.mjs alone.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';

import { launch, PHONE } from '../chromium.mjs';
import { graph } from '../server.mjs';
import { Explorer } from './explorer.mjs';
import { watch } from './complaints.mjs';

const SIZES = { desktop: { viewport: { width: 1440, height: 900 } }, phone: PHONE };
/** Most of the time a check waits for the page. */
const AT_ONCE = 3;
const OTHERS = ['run.mjs', 'explorer.mjs', 'axe.mjs', 'complaints.mjs', 'pictures.mjs'];

const chosen = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.mjs') && !OTHERS.includes(name))
  .filter((name) => !chosen.length || chosen.includes(name.replace('.mjs', '')));
assert.ok(files.length, 'there are checks to run');
mkdirSync('out', { recursive: true });

const browser = await launch();
const waiting = [];
for (const file of files.sort()) {
  const { checks } = await import(`./${file}`);
  for (const [size, options] of Object.entries(SIZES)) {
    for (const [name, check] of Object.entries(checks)) waiting.push([check, `${file} on a ${size}: ${name}`, size, options]);
  }
}
let failed = 0;
try {
  await Promise.all(Array.from({ length: AT_ONCE }, runAll));
} finally {
  await browser.close();
}

assert.equal(failed, 0, `${failed} checks failed`);

async function runAll() {
  for (let next = waiting.shift(); next; next = waiting.shift()) await runOne(...next);
}

/**
 * Runs one check in a browser context of its own, which shares no storage with others. One that fails is run once more when
 * the others are done: three browsers beside each other can be slower than any patience.
 */
async function runOne(check, title, size, options, isAgain = false) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = watch(page);
  try {
    await check(new Explorer(page, size), { browser, context, size, graph, complaints });
    assert.deepEqual(complaints, []);
    console.log(`  ok  ${title}`);
  } catch (error) {
    const picture = `out/failed-${title.replace(/\W+/g, '-')}.png`;
    await page.screenshot({ path: picture }).catch(() => {});
    console.error(`  ${isAgain ? 'FAILED' : 'FAILED ONCE'}  ${title} (see ${picture})\n${error.stack}`);
    if (isAgain) failed += 1;
    else waiting.push([check, title, size, options, true]);
  } finally {
    await context.close();
  }
}
