import './sharedLink.css';

import { useEffect, useEffectEvent, useState } from 'react';

import { isLink, readLink } from './links.js';

const OPENED = 'This tab was opened from a link. Nothing has run: read it, and see whose token is in the headers, before you run it.';
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
    setNotice(shared ? OPENED : IGNORED);
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
