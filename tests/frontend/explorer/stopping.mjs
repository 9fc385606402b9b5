/** What becomes of an operation that is stopped, or whose tab is left before its answer is there. */
import assert from 'node:assert/strict';

import { squeezed } from './explorer.mjs';

const line = ({ page }) => page.getByRole('group', { name: 'About the last answer' });
const outcome = (explorer) => line(explorer).getByRole('listitem').first().textContent();

/** Answers the operation Slow when the function is called that this gives. */
async function hold(page, answer = { data: { late: true } }) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('Slow')) return route.continue();
    await held;
    await route.fulfill(answer.status ? answer : { json: answer }).catch(() => {}); // nobody may wait for it any more
  });
  return release;
}

async function runSlow(explorer) {
  await explorer.type('query Slow { viewer { username } }');
  const begins = explorer.page.waitForRequest((request) => request.postData()?.includes('Slow'));
  await explorer.executeButton.click();
  await begins;
  await explorer.until(async () => (await outcome(explorer)) === 'Running …', 'it runs');
}

const lateIsShown = async (explorer) => (await explorer.textOf('response')).includes(squeezed('"late": true'));

export const checks = {
  'stopping gives the request up, and the details say what that means': async (explorer, { complaints }) => {
    const { page } = explorer;
    await explorer.open();
    await hold(page);
    await runSlow(explorer);
    const cut = page.waitForEvent('requestfailed');
    await page.getByRole('button', { name: /^Stop query/ }).click();
    assert.equal((await cut).failure().errorText, 'net::ERR_ABORTED');
    await explorer.until(async () => (await outcome(explorer)) === 'Stopped', 'the line says so');
    await page.getByRole('button', { name: 'Details', exact: true }).click();
    const details = page.getByRole('dialog', { name: 'Details of the last answer' });
    await details.getByText(/You stopped it. The server gives up what nobody waits for/).waitFor();
    await details.getByText(/^\d+(\.\d)? m?s$/).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await explorer.textOf('response'), '');
    assert.deepEqual(complaints.splice(0).filter((one) => !one.includes('ERR_ABORTED')), []);
  },

  'an answer waits for its tab to be shown': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    const release = await hold(page);
    await runSlow(explorer);
    await page.getByLabel('New tab').click();
    await page.getByText('Nothing was run in this tab yet.').waitFor();
    const arrives = page.waitForResponse((response) => response.request().postData()?.includes('Slow'));
    release();
    await (await arrives).finished();
    await page.waitForTimeout(300); // in which it would be shown
    await page.getByText('Nothing was run in this tab yet.').waitFor();
    assert.ok(!(await lateIsShown(explorer)), 'it is not shown in another tab');
    await page.getByRole('button', { name: 'Slow', exact: true }).press('Enter');
    await explorer.until(() => lateIsShown(explorer), 'it is shown in its own tab');
    assert.equal(await outcome(explorer), '200 OK');
  },

  'an answer is shown that comes after its tab was left and shown again': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    const release = await hold(page);
    await runSlow(explorer);
    await page.getByRole('button', { name: 'Welcome', exact: true }).press('Enter');
    await explorer.until(async () => (await explorer.textOf('response')).startsWith('{"data":{"viewer":'), 'the first tab is shown');
    await page.getByRole('button', { name: 'Slow', exact: true }).press('Enter');
    await explorer.until(async () => (await outcome(explorer)) === 'Running …', 'it still runs');
    release();
    await explorer.until(() => lateIsShown(explorer), 'it is shown');
  },

  'a press on the tab that is shown stops nothing': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    const release = await hold(page);
    await runSlow(explorer);
    await page.getByRole('button', { name: 'Slow', exact: true }).press('Enter');
    await page.waitForTimeout(300); // in which it would be stopped
    assert.equal(await outcome(explorer), 'Running …');
    release();
    await explorer.until(() => lateIsShown(explorer), 'its answer is shown');
  },

  'what was stopped is not sent again with a new token': async (explorer, { complaints }) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.choosePersona('layla');
    let sent = 0;
    let renew;
    const mayRenew = new Promise((resolve) => (renew = resolve));
    await page.route('**/graphql', async (route) => {
      const request = route.request();
      if (request.method() === 'GET') {
        await mayRenew;
        return route.continue();
      }
      if (!request.postData().includes('Slow')) return route.continue();
      sent += 1;
      return route.fulfill({ status: 401, json: { errors: [{ message: 'Expired.', extensions: { code: 'UNAUTHENTICATED' } }] } });
    });
    await explorer.type('query Slow { viewer { username } }');
    const asks = page.waitForRequest((request) => request.method() === 'GET' && request.url().endsWith('/graphql'));
    const renewed = page.waitForResponse((response) => response.request().method() === 'GET' && response.url().endsWith('/graphql'));
    await explorer.executeButton.click();
    await asks;
    await page.getByRole('button', { name: /^Stop query/ }).click();
    await explorer.until(async () => (await outcome(explorer)) === 'Stopped', 'the line says so at once');
    renew();
    await (await renewed).finished();
    await page.waitForTimeout(300); // in which it would be sent
    assert.equal(sent, 1);
    assert.equal(await outcome(explorer), 'Stopped');
    complaints.splice(0); // the browser tells of the refusal
  },
};
