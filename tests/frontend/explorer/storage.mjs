/** The page works where the browser stores nothing for it, or has no room. */
import assert from 'node:assert/strict';

function block() {
  const get = () => {
    throw new DOMException('Access is denied.', 'SecurityError');
  };
  for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get });
}

function fill() {
  Storage.prototype.setItem = () => {
    throw new DOMException('It is full.', 'QuotaExceededError');
  };
}

const works = (spoil) => async (explorer) => {
  const { page } = explorer;
  await page.addInitScript(spoil);
  await explorer.open();
  await explorer.choosePersona('layla');
  await explorer.until(async () => (await explorer.textOf('response')).includes('"username":"layla"'), 'she is signed in');
  await explorer.type('query Who { viewer { username } }');
  await explorer.choosePersona('omar');
  assert.equal((await explorer.run()).data.viewer.username, 'omar');
};

export const checks = {
  'with storage blocked': works(block),
  'with storage full': works(fill),
};
