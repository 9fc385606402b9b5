import './listening.css';

import { useState, useSyncExternalStore } from 'react';

import { CopyButton } from './CopyButton.jsx';
import { listening, MAX_ATTEMPTS, MAX_EVENTS } from './listening.js';
import { ago } from './token.js';
import { useNow } from './useNow.js';

/** Below the response: whether a subscription listens, why it ended, and what it received, the newest first. */
export function Listening() {
  const shown = useSyncExternalStore(listening.subscribe, listening.get);
  const [isOpen, setOpen] = useState(true);
  const isOver = Boolean(shown?.until);
  const now = useNow(Boolean(shown) && !isOver);
  if (!shown) return null;
  const events = shown.count === 1 ? '1 event' : `${shown.count} events`;
  return (
    <section className="clientele-listening" aria-label="Subscription">
      <header>
        <span className="clientele-lamp" data-status={shown.status} aria-hidden="true" />
        <p>
          <strong role="status">{titleOf(shown)}</strong> <span>{timeOf(shown, now)}</span>
        </p>
        <button type="button" className="clientele-small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {events} <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
        </button>
        {isOver ? (
          <button type="button" className="clientele-small" onClick={listening.close}>
            Close
          </button>
        ) : (
          <button type="button" className="clientele-small" onClick={listening.stop}>
            Stop
          </button>
        )}
      </header>
      {isOver && shown.reason && <p className="clientele-reason">{shown.reason}</p>}
      {isOpen && (
        <ol aria-label="Events, the newest first">
          {shown.entries.map((entry) => (entry.note ? <Note key={entry.key} {...entry} /> : <Event key={entry.key} {...entry} />))}
        </ol>
      )}
      {isOpen && shown.entries.length === MAX_EVENTS && <p className="clientele-reason">The last {MAX_EVENTS} entries are kept.</p>}
    </section>
  );
}

function titleOf({ status, name, attempt }) {
  const titles = { connecting: 'Connecting …', listening: 'Listening …', ended: 'Ended' };
  return `${name}: ${titles[status] ?? `connection lost, attempt ${attempt} of ${MAX_ATTEMPTS}`}`;
}

function timeOf({ status, since, until, retryAt }, now) {
  if (status === 'waiting') return `in ${ago((retryAt - now) / 1_000)}`;
  if (!since) return '';
  const time = ago(((until ?? now) - since) / 1_000);
  return until ? `at ${clock(until)} after ${time}` : `for ${time}, since ${clock(since)}`;
}

const clock = (moment) => moment.toLocaleTimeString('en-GB');

function Note({ at, note }) {
  return (
    <li className="clientele-note">
      <time dateTime={at.toISOString()}>{clock(at)}</time> {note}
    </li>
  );
}

function Event({ at, number, result, isResync }) {
  const [isOpen, setOpen] = useState(false);
  const text = () => JSON.stringify(result, null, 2);
  return (
    <li>
      <div>
        <button type="button" className="clientele-event" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <time dateTime={at.toISOString()}>{clock(at)}</time>
          <span className="clientele-number">#{number}</span>
          {isResync && <mark>resync</mark>}
          {result.errors && <mark>error</mark>}
          <code>{JSON.stringify(result.data ?? result.errors)}</code>
        </button>
        <CopyButton text={text} label={`Copy event ${number}`} />
      </div>
      {isResync && <p className="clientele-reason">Events before this one were missed: query the current state again.</p>}
      {isOpen && <pre tabIndex={0}>{text()}</pre>}
    </li>
  );
}
