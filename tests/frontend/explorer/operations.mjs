import assert from 'node:assert/strict';

import { graph } from '../server.mjs';
import { namesake } from './complaints.mjs';
import { squeezed } from './explorer.mjs';

export const checks = {
  'a stranger sees no viewer, and the products of brands': async (explorer) => {
    await explorer.open();
    assert.equal(await explorer.page.getByLabel('Persona').inputValue(), 'anonymous');
    const { data } = await explorer.run();
    assert.equal(data.viewer, null);
    assert.ok(data.brands.nodes.length > 0, 'the demo data has brands');
  },

  'a persona signs in': async (explorer) => {
    await explorer.open();
    await explorer.choosePersona('layla');
    const token = /"Authorization":"Bearer[\w.~+/=-]+"/;
    // The welcome query runs again as the persona, and on a phone its answer gets the room.
    if (explorer.size === 'phone') await explorer.page.getByRole('button', { name: 'Query', exact: true }).click();
    await explorer.until(async () => token.test(await explorer.textOf('headers')), 'the token is in sight');
    assert.equal((await explorer.run()).data.viewer.username, 'layla');
  },

  'under another name of this machine': async (explorer) => {
    await explorer.open(`${namesake}/graphql`);
    await explorer.choosePersona('omar');
    assert.equal((await explorer.run()).data.viewer.username, 'omar');
  },

  'connections in connections': async (explorer) => {
    await explorer.open();
    await explorer.chooseExample('A public account and its followers');
    const { data, errors } = await explorer.run();
    assert.equal(errors, undefined);
    const inner = data.customerByUsername.followers.edges.map((edge) => edge.node.followers);
    assert.ok(inner.some((followers) => followers?.nodes.length > 0), 'followers have followers themselves');
  },

  'a mutation': async (explorer) => {
    await explorer.open();
    await explorer.chooseExample('Change my preferences');
    const { data, errors } = await explorer.run();
    assert.equal(errors, undefined);
    assert.deepEqual(data.updateProfile.userErrors, []);
    assert.ok(data.updateProfile.customer.preferences.preferredLanguage);
  },

  'what somebody types runs with Ctrl-Enter': async (explorer) => {
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.type('query Typed { viewer { username wishlist { name } } }');
    const { data } = await explorer.answerTo(() => explorer.page.keyboard.press('Control+Enter'));
    assert.equal(data.viewer.username, 'layla');
  },

  'a subscription shows what arrives': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.chooseExample('Subscribe to the ticket queue');
    const begins = page.waitForResponse((response) => response.headers()['content-type']?.startsWith('text/event-stream'));
    await explorer.executeButton.click();
    await begins;
    const description = 'The browser waits for this.';
    const query = 'mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } } }';
    const input = { description, name: 'Somebody', phoneNumber: '+971501234568' };
    await page.evaluate(
      ([url, body]) => fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }),
      [graph, JSON.stringify({ query, variables: { input } })],
    );
    await explorer.until(async () => (await explorer.textOf('response')).includes(squeezed(description)), 'the ticket arrives');
    await page.getByRole('button', { name: /^Stop query/ }).click();
  },
};
