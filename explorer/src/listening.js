import { EventSourceParserStream } from 'eventsource-parser/stream';

import { endpoint } from './config.js';
import { expiry } from './token.js';

export const MAX_EVENTS = 100;
export const MAX_ATTEMPTS = 10;
/** The server writes something every 15 seconds; after this time the connection counts as lost. */
const SILENCE = 60_000;
const UNAUTHORIZED = 401;
const FINAL = [400, 401, 403, 404, 413, 422];

/** The one subscription that runs or ran last; an entry of its log is an event or a note. */
let current = null;
const observers = new Set();

export const listening = {
  subscribe(observer) {
    observers.add(observer);
    return () => observers.delete(observer);
  },
  get: () => current?.shown ?? null,
  stop: () => current?.end('You stopped it.'),
  close() {
    current?.end('');
    current = null;
    tell();
  },
};

const tell = () => observers.forEach((observer) => observer());

let activeTab = null;

/** GraphiQL shows one subscription at a time, in its tab. In another tab it goes on, and only the log shows it. */
export function tabsChanged({ tabs, activeTabIndex }) {
  activeTab = tabs[activeTabIndex]?.id;
  if (!current || current.shown.until) return;
  if (current.tab === null) current.tab = activeTab;
  if (!tabs.some(({ id }) => id === current.tab)) current.end('Its tab was closed.');
  else if (current.tab !== activeTab) current.detach();
}

/** Begins a subscription in place of the one before. GraphiQL takes the results as an iterable. */
export function listen(operation, headers, facts) {
  current?.end('Another subscription took its place.');
  const session = new Session(operation, headers, facts);
  current = session;
  tell();
  run(session);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => session.next(),
    async return() {
      // GraphiQL calls this for its stop button, but also just before it shows another tab.
      queueMicrotask(() => (activeTab === session.tab ? session.end('You stopped it.') : session.detach()));
      return { done: true, value: undefined };
    },
  };
}

class Session {
  constructor(operation, headers, facts) {
    this.operation = operation;
    this.headers = headers;
    this.facts = facts;
    this.tab = activeTab;
    this.lastId = '';
    this.control = new AbortController();
    this.results = [];
    this.isAttached = true;
    this.wake = () => {};
    const name = operation.operationName || 'Subscription';
    this.shown = { status: 'connecting', name, since: null, until: null, entries: [], count: 0, reason: '' };
  }

  show(change) {
    this.shown = { ...this.shown, ...change };
    if (this === current) tell();
  }

  /** Adds to the log, the newest first, and drops the oldest. */
  log(entry) {
    const entries = [{ ...entry, at: new Date(), key: this.shown.entries[0] ? this.shown.entries[0].key + 1 : 1 }, ...this.shown.entries];
    this.show({ entries: entries.slice(0, MAX_EVENTS) });
  }

  deliver(result, id) {
    this.lastId = id || this.lastId;
    this.failure = result.errors?.[0];
    this.show({ count: this.shown.count + 1 });
    this.facts.received(this.shown.count);
    this.log({ number: this.shown.count, result, isResync: result.extensions?.resync === true });
    if (this.isAttached) this.results.push(result);
    this.wake();
  }

  async next() {
    while (!this.results.length && this.isAttached && !this.shown.until) await new Promise((wake) => (this.wake = wake));
    if (this.refusal) throw this.refusal;
    return this.results.length ? { done: false, value: this.results.shift() } : { done: true, value: undefined };
  }

  detach() {
    this.isAttached = false;
    this.wake();
  }

  end(reason, state = 'stopped') {
    if (this.shown.until) return;
    this.facts.ended(state);
    this.show({ status: 'ended', until: new Date(), reason });
    this.control.abort();
    this.wake();
  }
}

class Refused extends Error {
  constructor(status, answer) {
    const [first] = answer.errors ?? [];
    super(first ? `${first.extensions?.code ?? status}: ${first.message}` : `status ${status}`);
    this.response = { status };
    this.isFinal = FINAL.includes(status) || status < 400;
    this.answer = answer;
  }
}

/** Connects, and connects again after an interruption; then the server first sends what was missed. */
async function run(session) {
  for (let attempt = 1; !session.shown.until; attempt++) {
    try {
      await receive(session, () => {
        if (attempt > 1 || session.shown.entries.length) session.log({ note: 'Connected again. What was missed comes first.' });
        attempt = 1;
      });
      const { failure } = session;
      return session.end(
        failure
          ? `The server ended it: ${failure.extensions?.code ?? ''} ${failure.message}`
          : 'The server completed it: there is nothing more to send, or you may no longer see it.',
        failure ? 'failed' : 'ended',
      );
    } catch (error) {
      if (session.shown.until) return;
      const why = reasonToEnd(session, error, attempt);
      if (error.response?.status === UNAUTHORIZED) session.refusal = error;
      else if (error.answer && why) session.deliver(error.answer);
      if (why) return session.end(why, 'failed');
      if (session.shown.status === 'listening') session.log({ note: 'The connection was lost: the server stopped, or the network failed.' });
      const seconds = Math.min(2 ** (attempt - 1), 10);
      session.show({ status: 'waiting', attempt, retryAt: Date.now() + seconds * 1_000 });
      await new Promise((done) => {
        setTimeout(done, seconds * 1_000);
        session.control.signal.addEventListener('abort', done);
      });
    }
  }
}

function reasonToEnd(session, error, attempt) {
  const expires = expiry(session.headers);
  if (expires && expires <= Date.now()) return `The token expired at ${new Date(expires).toLocaleTimeString()}. Reload the page for a new one.`;
  if (error instanceof Refused && (error.isFinal || !session.shown.since)) return `The server refused it: ${error.message}`;
  if (!session.shown.since) return `The server cannot be reached: ${error.message}`;
  return attempt > MAX_ATTEMPTS ? `The server cannot be reached any more, after ${MAX_ATTEMPTS} attempts.` : '';
}

/** Reads one response to its end; a response that ends without `complete` was interrupted. */
async function receive(session, connected) {
  const { headers, operation, control, lastId } = session;
  const quiet = new AbortController();
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { ...headers, ...(lastId && { 'Last-Event-ID': lastId }), 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    body: JSON.stringify(operation),
    signal: AbortSignal.any([control.signal, quiet.signal]),
  });
  if (!session.shown.since) session.facts.answered(response);
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    throw new Refused(response.status, await response.json().catch(() => ({})));
  }
  connected();
  session.show({ status: 'listening', since: session.shown.since ?? new Date() });
  let timer = setTimeout(() => quiet.abort(), SILENCE);
  const heard = new TransformStream({
    transform(chunk, out) {
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), SILENCE);
      out.enqueue(chunk);
    },
  });
  const events = response.body.pipeThrough(heard).pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await events.read();
      if (done) throw new Error('The response ended without `complete`.');
      if (value.event === 'complete') return;
      if (value.event === 'next') session.deliver(JSON.parse(value.data), value.id);
    }
  } finally {
    clearTimeout(timer);
    events.cancel().catch(() => {});
  }
}
