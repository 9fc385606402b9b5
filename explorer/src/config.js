/** What the server wrote into the page: the endpoint and the personas with their development tokens. */
const config = JSON.parse(document.getElementById('clientele-config').textContent);

export const endpoint = config.endpoint ?? '/graphql';

export const personas = config.personas ?? [];
