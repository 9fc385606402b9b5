const PLACE = 'clientele-config';

/** What the server wrote into the page: the endpoint, the personas with their development tokens, and values for examples. */
const config = read(document);

export const endpoint = config.endpoint ?? '/graphql';

/** Each with the tokens that it had before: other tabs may still show them. */
export const personas = (config.personas ?? []).map((persona) => ({ ...persona, former: [] }));

/** Replaces `{{NAME}}` in the variables of an example by what only the server knows. */
export const fillIn = (variables) => variables.replaceAll(/\{\{(\w+)\}\}/g, (place, name) => config.values?.[name] ?? place);

/** Asks the server for the page anew: development tokens expire, and change with the server's key. */
export async function renewTokens() {
  const page = await fetch(location.pathname, { headers: { Accept: 'text/html' }, cache: 'no-store' });
  const fresh = read(new DOMParser().parseFromString(await page.text(), 'text/html')).personas ?? [];
  for (const persona of personas) {
    const token = fresh.find(({ username }) => username === persona.username)?.token;
    if (!token || token === persona.token) continue;
    persona.former.push(persona.token);
    persona.token = token;
  }
  window.dispatchEvent(new Event('clientele:renewed'));
}

function read(page) {
  return JSON.parse(page.getElementById(PLACE).textContent);
}
