import { getOperationAST, Kind, parse } from 'graphql';

import { endpoint } from './config.js';
import { describeResponse, describeStream, failure } from './facts.js';
import { listen } from './listening.js';
import { NOT_SENT } from './words.js';

/** In development, GraphiQL may send any document, even where only registered ones are executed. */
const OWN_HEADERS = { 'X-GraphiQL': 'true' };
/** In development, the server then reports the statements in `extensions.execution`, which is shown below the answer. */
const REPORT = { 'GraphQL-Execution': 'report' };

/**
 * Sends one operation, and notes what becomes of it: a subscription as a stream of events, which GraphiQL takes as an
 * iterable, others as they are.
 */
export function fetcher(given, { headers, note, signal }) {
  refuseImpossible(headers, note);
  if (isForSchema(given)) return send(given, headers, note, signal);
  const { operation, kind } = read(given);
  if (kind === 'subscription') return listen(operation, { ...headers, ...OWN_HEADERS }, describeStream(note));
  return send(operation, { ...headers, ...REPORT }, note, signal);
}

/** Whether GraphiQL itself asks for the schema. */
export const isForSchema = ({ operationName }) => operationName === 'IntrospectionQuery';

/** Refuses headers that no browser sends. */
function refuseImpossible(headers, note) {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      const problem = `HTTP does not allow the name or the value of the header "${name}".`;
      note({ state: 'unsent', problem });
      throw failure(`${NOT_SENT} ${problem}`);
    }
  }
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

async function send(operation, headers, note, signal) {
  const outcome = describeResponse(note);
  let response, text;
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        ...headers,
        ...OWN_HEADERS,
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json;q=0.9',
      },
      body: JSON.stringify(operation),
      signal,
    });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) outcome.stopped();
    else outcome.failed();
    throw failure(`The server cannot be reached, or the connection was cut off: ${error.message}`);
  }
  return outcome.answered(response, text);
}
