import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';

import { endpoint } from './config.js';

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
  return createClient({ url: new URL(endpoint, location.href).href, headers, retryAttempts: 0 }).iterate(operation);
}

async function send(operation, headers) {
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
