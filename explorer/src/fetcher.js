import { getOperationAST, Kind, parse } from 'graphql';

import { begin } from './answers.js';
import { endpoint } from './config.js';
import { describeResponse, describeStream } from './facts.js';
import { listen } from './listening.js';

/** In development, GraphiQL may send any document, even where only registered ones are executed. */
const OWN_HEADERS = { 'X-GraphiQL': 'true' };
/** In development, the server then reports the statements in `extensions.execution`, which is shown below the answer. */
const REPORT = { 'GraphQL-Execution': 'report' };

/** Sends one operation: a subscription as a stream of events, which GraphiQL takes as an iterable, others as they are. */
export function fetcher(given, { headers } = {}) {
  if (given.operationName === 'IntrospectionQuery') return send(given, headers, () => {});
  const note = begin({ state: 'running' });
  const { operation, kind } = read(given);
  if (kind === 'subscription') return listen(operation, { ...headers, ...OWN_HEADERS }, describeStream(note));
  return send(operation, { ...headers, ...REPORT }, note);
}

/** Reads the text itself: the name that GraphiQL knows lags behind the editor, where a document may have only one. */
function read(operation) {
  try {
    const document = parse(operation.query);
    const [only, ...others] = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const named = only && !others.length ? { ...operation, operationName: only.name?.value } : operation;
    return { operation: named, kind: getOperationAST(document, named.operationName)?.operation };
  } catch {
    return { operation }; // the server says better what is wrong
  }
}

async function send(operation, headers, note) {
  const describe = describeResponse(note);
  try {
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
    return describe(response, await response.text());
  } catch (error) {
    note({ state: 'failed' });
    throw error;
  }
}
