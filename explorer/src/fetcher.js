import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';

import { endpoint } from './config.js';

/** In development, GraphiQL may send any document, even where only registered ones are executed. */
const OWN_HEADERS = { 'X-GraphiQL': 'true' };

/** Sends one operation: a subscription as a stream of events, which GraphiQL takes as an iterable, others as they are. */
export function fetcher(operation, { headers } = {}) {
  return isSubscription(operation) ? follow(operation, headers) : send(operation, headers);
}

/** Reads the text itself: what GraphiQL knows of it lags behind the editor. */
function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false; // the server says better what is wrong
  }
}

function follow(operation, headers) {
  const url = new URL(endpoint, location.href).href;
  return createClient({ url, headers: { ...headers, ...OWN_HEADERS }, retryAttempts: 0 }).iterate(operation);
}

async function send(operation, headers) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      ...headers,
      ...OWN_HEADERS,
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
