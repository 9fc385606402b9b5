import { endpoint } from './config.js';

/**
 * Sends one operation over HTTP. GraphiQL also takes an async iterable from here,
 * so a WebSocket client for subscriptions has its place in this file.
 */
export async function fetcher(operation, { headers } = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      ...headers,
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
    },
    body: JSON.stringify(operation),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status} without JSON: ${text.slice(0, 300)}`);
  }
}
