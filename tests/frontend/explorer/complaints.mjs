import { server } from '../server.mjs';

/** The same server under another name of this machine, which is another origin to a browser. */
export const namesake = server.replace(new URL(server).hostname, 'clientele.localhost');

const OWN = [server, namesake];

/** Collects every request to somewhere else, every page error and every complaint of the browser's console. */
export function watch(page) {
  const found = [];
  page.on('pageerror', (error) => found.push(`page error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && found.push(`console: ${message.text()}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const local = url.protocol === 'data:' || OWN.some((own) => url.origin === own || url.href.startsWith(`blob:${own}`));
    if (!local) found.push(`request to ${url.origin}`);
  });
  return found;
}
