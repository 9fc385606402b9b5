import { readFileSync } from 'node:fs';

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** What axe-core finds that is serious, in the light or the dark theme of the page as it stands. */
export async function findings(page) {
  const found = [];
  await page.evaluate(axe);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction((dark) => document.querySelector('.monaco-editor').classList.contains('vs-dark') === dark, colorScheme === 'dark');
    // The colours of what is being moved or faded in are not those that stay.
    await page.waitForFunction(() => document.getAnimations().every(({ playState, effect }) => playState !== 'running' || effect.getTiming().iterations === Infinity));
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const { id, impact, nodes } of violations) {
      if (!['serious', 'critical'].includes(impact)) continue;
      for (const { target, any, all, none } of nodes) found.push(`${colorScheme}, ${id}: ${target.join(' ')} ${(any[0] ?? all[0] ?? none[0])?.message}`);
    }
  }
  return found;
}
