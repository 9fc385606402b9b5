/**
 * Notes what became of a request: `answered` what is known of the response, of which it gives the answer without
 * the report that the server has added for this page.
 */
export function describeResponse(note) {
  const began = performance.now();
  return { answered, failed: () => note({ state: 'failed' }), stopped: () => note({ state: 'stopped', milliseconds: performance.now() - began }) };

  function answered(response, text) {
    const milliseconds = performance.now() - began;
    const answer = read(text);
    const { execution, ...extensions } = answer?.extensions ?? {};
    note({
      state: 'answered',
      ...httpFacts(response),
      milliseconds,
      bytes: execution?.bytes ?? sizeOf(response, text),
      execution,
      errors: answer?.errors,
    });
    if (answer === undefined) throw failure(`The server answered ${response.status} without JSON: ${text.slice(0, 300)}`);
    if (!execution) return answer;
    const { extensions: _, ...rest } = answer;
    return Object.keys(extensions).length ? { ...rest, extensions } : rest;
  }
}

/** An error that GraphiQL shows without the stack, which leads into minified code. */
export function failure(message) {
  const error = new Error(message);
  error.stack = undefined;
  return error;
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Notes when a stream begins and ends, and how many events have come. */
export function describeStream(note) {
  const began = performance.now();
  note({ events: 0 });
  return {
    answered: (response) => note({ state: 'listening', events: 0, since: new Date(), ...httpFacts(response) }),
    received: (events) => note({ events }),
    ended: (state) => note({ state, milliseconds: performance.now() - began }),
  };
}

const number = (response, name) => (response.headers.has(name) ? Number(response.headers.get(name)) : undefined);

function httpFacts(response) {
  return {
    status: response.status,
    statusText: response.statusText || NAMES[response.status] || '',
    retryAfter: number(response, 'retry-after'),
    points: { left: number(response, 'ratelimit-remaining'), limit: number(response, 'ratelimit-limit') },
  };
}

/** HTTP/2 has no such texts. */
const NAMES = { 200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 429: 'Too Many Requests', 503: 'Service Unavailable' };

function sizeOf(response, text) {
  const encoding = response.headers.get('content-encoding');
  const decoded = new Blob([text]).size;
  return { decoded, encoded: number(response, 'content-length') ?? decoded, encoding };
}
