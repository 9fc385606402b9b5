import { useState } from 'react';

import { useAnswers } from './editors.js';

/** Tells a screen reader that an answer has come, and what went wrong. */
export function Announcer() {
  const [text, setText] = useState('');
  useAnswers((answer) => setText(`${summary(answer)} ${new Date().toLocaleTimeString('en-GB')}`));
  return (
    <p className="visually-hidden" role="status" aria-label="Last answer">
      {text}
    </p>
  );
}

function summary(answer) {
  try {
    const { errors = [] } = JSON.parse(answer);
    if (!errors.length) return 'The answer has come.';
    const others = errors.length > 1 ? ` and ${errors.length - 1} more` : '';
    return `The answer has an error: ${errors[0].message}${others}`;
  } catch {
    return 'An answer has come that is not JSON.';
  }
}
