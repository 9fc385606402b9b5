/** The running server that is asked, and the address of its graph. */
export const server = (process.env.CLIENTELE_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '');

export const graph = `${server}/graphql`;
