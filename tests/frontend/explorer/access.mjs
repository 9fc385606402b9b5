/** Where the keyboard leads, what a screen reader is told, and Arabic text. */
import assert from 'node:assert/strict';

import { squeezed } from './explorer.mjs';

const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const editor = element.closest('.monaco-editor');
    return {
      name: element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40),
      ring: editor ? 'caret' : `${outlineStyle} ${outlineWidth}`,
      isBody: element === document.body,
    };
  });

export const checks = {
  'the keyboard reaches everything and is never caught': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.choosePersona('layla');
    await explorer.until(async () => (await explorer.textOf('response')).includes('"username":"layla"'), 'the answer is hers');
    if (explorer.size === 'phone') await page.getByRole('button', { name: 'Query', exact: true }).press('Enter');
    const found = [];
    await page.getByRole('button', { name: 'Examples' }).focus();
    for (let presses = 0; presses < 80; presses++) {
      await page.keyboard.press('Tab');
      const { name, ring, isBody } = await focused(page);
      if (isBody) break;
      found.push(name);
      assert.ok(ring === 'caret' || /^(solid|auto) [1-9]/.test(ring), `the focus is seen on ${name}: ${ring}`);
    }
    for (const name of [/Show Start|Hide Start/, /Documentation/, /History/, /Settings|settings/, /Execute query/, /New tab/, /Operation Editor|Query/, /Variables/, /Headers/, /Result Window|Response/]) {
      assert.ok(found.some((each) => name.test(each)), `${name} among ${found.join(', ')}`);
    }
  },

  'Escape leaves an editor and closes what is open': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await page.locator('.graphiql-query-editor .monaco-editor').click();
    await page.keyboard.press('Escape');
    await explorer.until(() => page.evaluate(() => !document.activeElement.closest('.monaco-editor')), 'the editor is left');
    await page.keyboard.press('Enter');
    await explorer.until(() => page.evaluate(() => Boolean(document.activeElement.closest('.monaco-editor'))), 'Enter leads back');
    for (const [button, role] of [['Examples', 'dialog'], [/short keys/i, 'dialog'], [/settings/i, 'dialog']]) {
      await page.getByRole('button', { name: button }).press('Enter');
      await page.getByRole(role).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole(role).waitFor({ state: 'detached' });
    }
  },

  'a screen reader hears that an answer has come': async (explorer, { complaints }) => {
    const { page } = explorer;
    await explorer.open();
    const status = page.getByRole('status', { name: 'Last answer' });
    await explorer.until(async () => (await status.textContent()).startsWith('The answer has come.'), 'the first answer is told');
    await explorer.type('query Wrong { viewer { usernames } }');
    await explorer.executeButton.click();
    await explorer.until(async () => /has an error: .*usernames/.test(await status.textContent()), 'the error is told');
    assert.match(complaints.splice(0).join(), /^console: [^,]*400[^,]*$/);
    assert.equal(await page.locator('.graphiql-response [aria-live]').count(), 0, 'and nothing else reads the whole answer aloud');
  },

  'Arabic names keep their place in a line': async (explorer) => {
    const { page } = explorer;
    await explorer.open();
    await explorer.type('query Names { viewer { name } }');
    await explorer.choosePersona('layla');
    const { data } = await explorer.run();
    assert.match(data.viewer.name, /[\u0600-\u06ff]/);
    const line = page.locator('.graphiql-response .view-line', { hasText: data.viewer.name });
    const [key, name] = await line.evaluate((element) => {
      const boxOf = (part) => {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const at = walker.currentNode.data.indexOf(part);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + part.length);
          return range.getBoundingClientRect().toJSON();
        }
        throw new Error(`${part} is not in ${element.textContent}`);
      };
      return [boxOf('name'), boxOf(element.textContent.match(/[\u0600-\u06ff]+/)[0])];
    });
    assert.ok(name.left >= key.right, 'the value stands after its key');
    assert.equal(await page.locator('.graphiql-response .unicode-highlight').count(), 0, 'no letter is marked as a lookalike');
    await page.locator('.graphiql-query-editor .monaco-editor').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('query Arabic { products(first: 1, filter: { search: "فستان" }) { nodes { title } } }');
    await explorer.until(async () => (await explorer.textOf('query')).includes(squeezed('"فستان"')), 'it can be written');
    assert.equal((await explorer.run()).errors, undefined);
  },
};
