import { useEffect, useState } from 'react';

/** Copies a text, and says so for a moment. `text` may be a function. */
export function CopyButton({ text, children = 'Copy', label }) {
  const [said, say] = useState('');
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => say(''), 2_000);
    return () => clearTimeout(timer);
  }, [said]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(typeof text === 'function' ? text() : text);
      say('Copied');
    } catch {
      say('Not allowed: select the text and copy it');
    }
  }

  return (
    <button type="button" className="clientele-small" onClick={copy} aria-label={said ? undefined : label}>
      <span aria-live="polite">{said || children}</span>
    </button>
  );
}
