/** What is copied runs as it is and gives the same answer; a link opens the same tab, and runs nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';

import { transform } from 'esbuild';

import { graph } from '../server.mjs';

const HOSTILE = 'it\'s "quoted" `ticks` ${HOME} $(id) \\ \\n !! % ليلى 🌍 </script>';

async function open({ page }, form) {
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  if (form) await page.getByRole('radio', { name: form, exact: true }).click();
}

async function copied(explorer, form) {
  await open(explorer, form);
  const text = await explorer.page.locator(`pre[aria-label="${form}"]`).textContent();
  await explorer.page.getByRole('button', { name: 'Close dialog' }).click();
  return text;
}

/** Runs a module as a file beside the packages of these checks. */
async function ran(text, loader, env = {}) {
  const { code } = await transform(text, { loader, format: 'esm', target: 'node20' });
  mkdirSync('out', { recursive: true });
  const file = `out/pasted-${randomUUID()}.mjs`; // checks run at the same time
  writeFileSync(file, code);
  return JSON.parse(execFileSync(process.execPath, [file], { env: { ...process.env, ...env }, timeout: 30_000 }));
}

const packed = (value) => deflateRawSync(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export const checks = {
  'curl, fetch and TypeScript give the answer of the page': async (explorer) => {
    await explorer.open();
    await explorer.type(`query Quoted { viewer { username } customerByUsername(username: ${JSON.stringify(HOSTILE)}) { id } }`);
    await explorer.choosePersona('layla');
    const { data } = await explorer.run();
    assert.equal(data.viewer.username, 'layla');

    const curl = await copied(explorer, 'curl');
    assert.match(curl, /Authorization: Bearer eyJ/);
    for (const shell of ['sh', 'bash']) assert.deepEqual(JSON.parse(execFileSync(shell, ['-c', curl], { timeout: 30_000 })).data, data);
    assert.deepEqual((await ran(await copied(explorer, 'fetch'), 'js')).data, data);

    const typescript = await copied(explorer, 'TypeScript');
    assert.doesNotMatch(typescript, /eyJ/, 'a file gets no token');
    const [, token] = curl.match(/Bearer ([\w.-]+)/);
    assert.deepEqual(await ran(typescript, 'ts', { CLIENTELE_TOKEN: token }), data);
  },

  'variables and the name of the operation go along': async (explorer) => {
    await explorer.open();
    await explorer.chooseExample('Change my preferences');
    const { data } = await explorer.run();
    const results = [
      JSON.parse(execFileSync('sh', ['-c', await copied(explorer, 'curl')], { timeout: 30_000 })).data,
      (await ran(await copied(explorer, 'fetch'), 'js')).data,
    ];
    for (const result of results) assert.deepEqual(result.updateProfile.customer.preferences, data.updateProfile.customer.preferences);
  },

  'without the token, a variable of the environment stands for it': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.type('query Who { viewer { username } }');
    await explorer.choosePersona('omar');
    const withToken = await copied(explorer, 'curl');
    await open(explorer, 'curl');
    await page.getByLabel('With the token itself').uncheck();
    const curl = await page.locator('pre[aria-label="curl"]').textContent();
    assert.doesNotMatch(curl, /eyJ/);
    const [, token] = withToken.match(/Bearer ([\w.-]+)/);
    const answer = execFileSync('sh', ['-c', curl], { env: { ...process.env, CLIENTELE_TOKEN: token }, timeout: 30_000 });
    assert.equal(JSON.parse(answer).data.viewer.username, 'omar');
  },

  'a link opens the tab for anybody, and runs nothing': async (explorer, { browser }) => {
    const { page, size } = explorer;
    await explorer.open();
    await explorer.chooseExample('Change my preferences');
    const link = await copied(explorer, 'Link');
    assert.ok(link.startsWith(`${graph}#share=`), link);
    assert.ok(!link.includes('eyJ'), 'no token');
    const context = await browser.newContext({ viewport: page.viewportSize() });
    try {
      const other = new explorer.constructor(await context.newPage(), size);
      const sent = [];
      other.page.on('request', (request) => sent.push(request.postData() ?? ''));
      await other.page.goto(link);
      await other.page.getByText('This tab was opened from a link. Nothing has run').waitFor();
      await other.page.getByRole('button', { name: 'UpdatePreferences', exact: true }).waitFor();
      assert.equal(await other.page.getByLabel('Persona').inputValue(), 'layla');
      assert.match(await other.textOf('query'), /mutationUpdatePreferences/);
      assert.ok(!sent.some((body) => body.includes('UpdatePreferences')), 'it is not sent');
      assert.equal(new URL(other.page.url()).hash, '', 'a reload does not open it again');
      const { data } = await other.run();
      assert.deepEqual(data.updateProfile.userErrors, []);
    } finally {
      await context.close();
    }
  },

  'a mutation that a link hides is named': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    const query = `query Seen { supportedLanguages }${'\n'.repeat(400)}mutation Unseen { deleteAccount(input: { confirm: true }) { __typename } }`;
    await page.evaluate((text) => (location.hash = `share=${text}`), packed({ query, operationName: 'Unseen', persona: 'layla' }));
    await page.getByText('It changes data, by a mutation: deleteAccount.').waitFor();
    await page.evaluate((text) => (location.hash = `share=${text}`), packed({ query: '{ supportedLanguages }' }));
    await page.getByText('It changes data').waitFor({ state: 'detached' });
  },

  'hostile fragments are ignored with a notice': async (explorer) => {
    const { page } = explorer;
    const fragments = [
      '', '%%%', 'AAAA', packed('not json'), packed('null'), packed([]), packed({ query: 1 }), packed({ query: '' }),
      packed({ query: '{ a }', variables: { a: 1 } }), packed({ query: `#${'x'.repeat(1_000_000)}` }), 'A'.repeat(1_000_000),
    ];
    await explorer.open();
    const before = await page.locator('.graphiql-tab').count();
    for (const fragment of fragments) {
      await page.evaluate((text) => (location.hash = `share=${text}`), fragment);
      await page.getByText('The link was ignored').waitFor();
      await page.locator('.clientele-notice').getByRole('button', { name: 'Close' }).click();
      await page.locator('.clientele-notice').waitFor({ state: 'detached' });
    }
    assert.equal(await page.locator('.graphiql-tab').count(), before);
    await page.evaluate(() => (location.hash = 'something-else'));
    assert.equal(await page.locator('.clientele-notice').count(), 0);
  },

  'a link that would be too long is refused': async (explorer) => {
    const noise = Array.from({ length: 1_000 }, (_, place) => Math.sin(place + 1).toString(36).slice(2, 14)).join('');
    await explorer.open();
    await explorer.type(`query Long { __typename } # ${noise}`);
    await open(explorer, 'Link');
    await explorer.page.getByText(/A link would have [\d,]+ characters/).waitFor();
  },

  'the token is decoded, and says what is wrong with it': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.choosePersona('sam');
    await page.getByRole('button', { name: /^Token: \d/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Token' });
    await dialog.getByText('sam: a solver').waitFor();
    await dialog.getByText('user_demo_sam', { exact: true }).waitFor();
    await dialog.getByText('clientele-development', { exact: true }).waitFor();
    await dialog.getByText(/^in 1[12] h( \d+ min)?, /).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const [token, sentence] of [
      ['abc', 'A token has three parts'],
      ['a.b.c', 'The first part is not a JSON object'],
      [`${encode({ alg: 'RS256' })}.!.c`, 'The second part is not a JSON object'],
      [`${encode({})}.${encode({ sub: 'a' })}.c`, 'It has no claim `exp`'],
      [`${encode({})}.${encode({ exp: Date.now() / 1_000 - 7_200 })}.c`, 'It expired 2 h ago'],
    ]) {
      await explorer.typeHeaders(JSON.stringify({ Authorization: `Bearer ${token}` }));
      await page.getByRole('button', { name: 'Token: not valid' }).click();
      await dialog.getByText(sentence).waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
  },

  'the field tree writes the query, and loads when it is opened': async (explorer) => {
    const { page } = explorer;
    const loaded = [];
    page.on('request', (request) => loaded.push(request.url()));
    await explorer.open();
    assert.ok(!loaded.some((url) => url.includes('FieldTreeContent')));
    await explorer.type('query Small { brands(first: 1) { totalCount } }'); // short enough to be in sight as a whole
    await page.getByRole('button', { name: 'Show Field tree' }).click();
    const tree = page.getByRole('region', { name: 'Field tree' });
    await tree.getByText('query', { exact: true }).waitFor();
    assert.ok(await tree.evaluate((element) => !element.contains(document.activeElement)), 'no keyboard of a phone comes up');
    await tree.getByText('supportedLanguages', { exact: true }).first().click();
    const { width } = page.viewportSize();
    const box = await tree.boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
    if (explorer.size === 'phone') await page.getByRole('button', { name: 'Hide Field tree' }).click(); // it covers the query
    await explorer.until(async () => (await explorer.textOf('query')).includes('supportedLanguages'), 'the field is in the query');
  },
};
