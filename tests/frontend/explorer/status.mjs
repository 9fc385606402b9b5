import assert from 'node:assert/strict';

const VIEWER = 'query Status { viewer { username wishlists(first: 2) { nodes { name } } } }';

export const checks = {
  'before anything was run': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await page.getByLabel('New tab').click();
    await page.getByText('Nothing was run in this tab yet.').waitFor();
  },

  'tells what an answer has cost': async (explorer) => {
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.type(VIEWER.replace('Status', `Status${Date.now()}`));
    await explorer.run();
    const first = await factsOf(explorer);
    assert.equal(first[0], '200 OK');
    assert.match(first[1], /^\d+(\.\d)? (ms|s)$/);
    assert.match(first[2], /^\d+ B$/);
    assert.equal(first[3], 'cost 3 of 10,000');
    assert.match(first[4], /^[2-9] rows$/);
    assert.equal(first[5], 'not compiled');
    const { extensions } = await runAgain(explorer);
    assert.equal(extensions.execution.mode, 'COMPILED');
    await explorer.until(async () => (await factsOf(explorer))[5] === 'compiled', 'the second time it is compiled');
    assert.ok(!(await explorer.textOf('response')).includes('execution'), 'the report is no part of the answer');
  },

  'shows the SQL statements, and closes by Escape': async (explorer, { context }) => {
    const { page } = explorer;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.type(VIEWER);
    await explorer.run();
    const button = page.getByRole('button', { name: /^\d+ SQL statements?$/ });
    const count = Number((await button.textContent()).split(' ')[0]);
    await button.press('Enter');
    const details = page.getByRole('dialog', { name: 'Details of the last answer' });
    await details.getByRole('heading', { name: 'SQL statements' }).waitFor();
    assert.ok((await details.locator('.statement:not(.control)').count()) === count, 'each has a row');
    const statement = details.locator('.statement').filter({ hasText: 'WishlistsByOwner' });
    assert.match(await statement.locator('summary').textContent(), /Wishlist\d rows? · \d+(\.\d)? ms$/);
    await statement.locator('summary').press('Enter');
    assert.match(await statement.locator('pre').textContent(), /^SELECT .*FROM wishlist/s);
    await statement.getByRole('button', { name: 'Copy SQL' }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^SELECT .*FROM wishlist/s);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= page.viewportSize().width, 'nothing is wider than the screen');
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
    assert.ok(await button.evaluate((element) => element === document.activeElement), 'the focus is where it was');
  },

  'shows what a mutation writes, and no values': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.chooseExample('Change my preferences');
    await explorer.run();
    await page.getByRole('button', { name: /SQL statements$/ }).click();
    const details = page.getByRole('dialog', { name: 'Details of the last answer' });
    await details.getByText('UPDATE customer').first().waitFor();
    for (const control of ['BEGIN', 'COMMIT']) assert.ok((await details.getByText(control, { exact: true }).count()) >= 1, control);
    assert.ok(!(await details.textContent()).includes('layla'), 'nobody is named');
  },

  'each tab has its own': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.type('query First { supportedLanguages }');
    await explorer.run();
    await page.getByLabel('New tab').click();
    await page.getByText('Nothing was run in this tab yet.').waitFor();
    await page.getByRole('button', { name: 'First', exact: true }).press('Enter'); // on a phone, the tabs are still moving
    await explorer.until(async () => (await factsOf(explorer))[0] === '200 OK', 'the first tab shows its own facts');
  },

  'an error of the graph': async (explorer, { complaints }) => {
    await explorer.open();
    await explorer.type('query Large { brands(first: 100) { nodes { products(first: 100) { nodes { brand { name } } } } } }');
    await expectOutcome(explorer, complaints, '400 Bad Request, 1 error');
    assert.ok((await factsOf(explorer)).includes('cost 20,100 of 5,000'));
  },

  'a refused token': async (explorer, { complaints }) => {
    const { page } = explorer;
    await explorer.open();
    await page.route('**/graphql', (route) => route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer nonsense' } }));
    await explorer.type('query Refused { supportedLanguages }');
    await expectOutcome(explorer, complaints, '401 Unauthorized, 1 error');
  },

  'a limit, and when to try again': async (explorer, { complaints }) => {
    await answersWith(explorer, 429, { 'Retry-After': '7' }, { errors: [{ message: 'Too many.' }] });
    await expectOutcome(explorer, complaints, '429 Too Many Requests, 1 error');
    assert.ok((await factsOf(explorer)).includes('try again in 7 s'));
  },

  'an outage': async (explorer, { complaints }) => {
    await answersWith(explorer, 503, { 'Retry-After': '1' }, { errors: [{ message: 'Unavailable.' }], data: null });
    await expectOutcome(explorer, complaints, '503 Service Unavailable, 1 error');
  },

  'an answer of something in between': async (explorer, { complaints }) => {
    await answersWith(explorer, 413, {}, '<html>Too large</html>');
    await expectOutcome(explorer, complaints, '413 Payload Too Large');
  },

  'no answer': async (explorer, { complaints }) => {
    await explorer.open();
    await explorer.type('query Cut { supportedLanguages }');
    await explorer.page.route('**/graphql', (route) => route.abort());
    await expectOutcome(explorer, complaints, 'No answer');
  },

  'a request that is not sent, and why': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.type(VIEWER);
    await explorer.run();
    assert.equal((await factsOf(explorer))[0], '200 OK');
    for (const [headers, problem] of [
      ['{ "X-Name": nonsense }', /Not sent: Request headers are invalid JSON/],
      ['{ "X-Name": "ليلى" }', /Not sent: HTTP does not allow the name or the value of the header "X-Name"/],
    ]) {
      await explorer.typeHeaders(headers);
      await explorer.executeButton.click();
      await explorer.until(async () => (await explorer.textOf('response')).includes('Requestnotsent'), 'the answer says so');
      await explorer.until(async () => (await factsOf(explorer)).join() === 'Not sent', 'nothing of the answer before is left');
      await page.getByRole('button', { name: 'Details', exact: true }).click();
      const details = page.getByRole('dialog', { name: 'Details of the last answer' });
      await details.getByText(problem).waitFor();
      await page.keyboard.press('Escape');
      await explorer.typeHeaders('{}');
      await explorer.run();
      await explorer.until(async () => (await factsOf(explorer))[0] === '200 OK', 'the next answer is told');
    }
  },

  'no stack of this page is in an answer': async (explorer, { complaints }) => {
    await explorer.open();
    await explorer.type('query Unreachable { supportedLanguages }');
    await explorer.page.route('**/graphql', (route) => route.abort());
    await expectOutcome(explorer, complaints, 'No answer');
    await explorer.until(async () => (await explorer.textOf('response')).includes('Theservercannotbereached'), 'it says what is wrong');
    assert.doesNotMatch(await explorer.textOf('response'), /stack/);
  },

  'a stream counts its events': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.chooseExample('Subscribe to the ticket queue');
    await explorer.executeButton.click();
    await explorer.until(async () => (await factsOf(explorer))[0] === 'Listening', 'it listens');
    await explorer.until(async () => (await factsOf(explorer)).includes('0 events'), 'nothing has come yet');
    const query = 'mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } } }';
    const input = { description: 'Counted.', name: 'Somebody', phoneNumber: '+971501234569' };
    await page.evaluate(
      (body) => fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }),
      JSON.stringify({ query, variables: { input } }),
    );
    await explorer.until(async () => (await factsOf(explorer)).some((fact) => /^[1-9]\d* events?$/.test(fact)), 'the event is counted');
    await page.getByRole('button', { name: /^Stop query/ }).click();
    await explorer.until(async () => (await factsOf(explorer))[0] === 'Stopped', 'it has stopped');
  },
};

const factsOf = ({ page }) => page.getByRole('group', { name: 'About the last answer' }).getByRole('listitem').allTextContents();

async function runAgain(explorer) {
  const arrives = explorer.page.waitForResponse((response) => response.request().method() === 'POST');
  await explorer.executeButton.click();
  return (await arrives).json();
}

async function answersWith(explorer, status, headers, body) {
  await explorer.open();
  await explorer.type('query Mocked { supportedLanguages }');
  await explorer.page.route('**/graphql', (route) =>
    route.fulfill({ status, headers: { 'Content-Type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) }),
  );
}

/** Runs what is typed, and waits for its outcome; that the browser's console tells of a failure as well is no complaint. */
async function expectOutcome(explorer, complaints, text) {
  await explorer.executeButton.click();
  await explorer.until(async () => (await factsOf(explorer))[0] === text, `the status is '${text}'`);
  assert.ok(complaints.splice(0).every((one) => one.startsWith('console: Failed to load resource')), 'nothing else is wrong');
}
