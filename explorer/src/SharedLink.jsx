import './sharedLink.css';

import { Kind, parse } from 'graphql';
import { useEffect, useEffectEvent, useState } from 'react';

import { isLink, readLink } from './links.js';

const OPENED = 'This tab was opened from a link. Nothing has run: read it, and see whose token is in the headers, before you run it.';
const MAX_NAME_CHARS = 60;
const IGNORED = 'The link was ignored: it is not complete, or was not made here. Ask for it again.';

/** Opens what a link has in a new tab, and never runs it; `onOpen` takes what an example is. */
export function SharedLink({ onOpen }) {
  const [notice, setNotice] = useState('');
  const open = useEffectEvent(async () => {
    const fragment = location.hash;
    if (!isLink(fragment)) return;
    // A reload must not open it a second time.
    history.replaceState(history.state, '', location.pathname + location.search);
    const shared = await readLink(fragment);
    if (shared) onOpen(shared);
    setNotice(shared ? `${OPENED}${warning(shared.query)}` : IGNORED);
  });

  useEffect(() => {
    const listener = () => open();
    open();
    window.addEventListener('hashchange', listener);
    return () => window.removeEventListener('hashchange', listener);
  }, []);

  return (
    <div role="status" className={notice ? 'clientele-notice' : 'clientele-hidden'}>
      {notice && (
        <>
          <p>{notice}</p>
          <button type="button" onClick={() => setNotice('')}>
            Close
          </button>
        </>
      )}
    </div>
  );
}

/** Names a mutation, which a link could hide below many empty lines, or behind the name of the operation. */
function warning(query) {
  try {
    const fields = parse(query)
      .definitions.filter(({ kind, operation }) => kind === Kind.OPERATION_DEFINITION && operation === 'mutation')
      .flatMap(({ selectionSet }) => selectionSet.selections)
      .map(({ kind, name }) => (kind === Kind.FIELD ? name.value.slice(0, MAX_NAME_CHARS) : 'a fragment'));
    if (!fields.length) return '';
    const [first, ...others] = fields;
    return ` It changes data, by a mutation: ${first}${others.length ? ` and ${others.length} more` : ''}.`;
  } catch {
    return ''; // it cannot run
  }
}
