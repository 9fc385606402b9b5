import assert from 'node:assert/strict';

const MAX_BYTES = 1_600_000;
const QUIET_MILLISECONDS = 1_500;

export const checks = {
  'is usable within 1.6 MB of Brotli': (explorer) => measure(explorer, 'br'),
  'is usable within 1.6 MB of gzip': (explorer) => measure(explorer, 'gzip'),
};

/** Opens the page, types into the query editor, and counts what came over the wire, the code of workers included. */
async function measure(explorer, coding) {
  const { page } = explorer;
  await page.setExtraHTTPHeaders({ 'Accept-Encoding': coding });
  await explorer.open();
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('query Typed');
  await explorer.until(async () => (await explorer.textOf('query')) === 'queryTyped', 'the editor shows what is typed');
  const usable = sum(await loaded(page));
  const all = await atRest(explorer);
  const total = sum(all);
  console.log(`      ${coding}: ${usable.toLocaleString('en')} bytes until it is usable, ${total.toLocaleString('en')} in all`);
  for (const { name, bytes, plain } of all) {
    assert.ok(!/\.(js|css)$/.test(name) || plain < 1_024 || bytes < plain, `${name} is compressed`);
  }
  assert.ok(all.filter(({ name }) => /worker.*\.js$/.test(name)).length >= 2, 'workers are counted');
  assert.ok(usable <= MAX_BYTES, `${usable} bytes`);
  assert.ok(!all.some(isJsonWorker), 'the worker for JSON waits until it is needed');
  await page.getByRole('button', { name: 'Headers' }).click();
  await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor').click();
  await explorer.until(async () => (await loaded(page)).some(isJsonWorker), 'somebody is about to type JSON');
  if (coding === 'br') assert.ok(total <= MAX_BYTES, `${total} bytes with all that the page loads by itself`);
}

const isJsonWorker = ({ name }) => name.includes('json.worker');

const sum = (files) => files.reduce((bytes, file) => bytes + file.bytes, 0);

/** What was loaded until now; the browser counts 300 bytes for the headers of each. */
const loaded = (page) =>
  page.evaluate(() =>
    ['navigation', 'resource']
      .flatMap((type) => performance.getEntriesByType(type))
      .map(({ name, transferSize, decodedBodySize }) => ({ name, bytes: transferSize, plain: decodedBodySize })),
  );

/** The same when nothing more comes. */
async function atRest(explorer) {
  const { page } = explorer;
  let last = await loaded(page);
  let since = Date.now();
  await explorer.until(async () => {
    const now = await loaded(page);
    if (now.length !== last.length) since = Date.now();
    last = now;
    return Date.now() - since > QUIET_MILLISECONDS;
  }, 'nothing more is loaded');
  return last;
}
