import './status.css';

import { pick, useGraphiQL } from '@graphiql/react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';

import { begin, showTab, useAnswer } from './answers.js';
import { useAnswers } from './editors.js';
import { outcome, plural, shortFacts, unsent } from './words.js';

const AnswerDetails = lazy(() => import('./AnswerDetails.jsx'));

/** Below the response: what is known of the last answer of the tab. Its button opens the statements. */
export function StatusLine() {
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'));
  const { id } = tabs[activeTabIndex];
  const [isOpen, setOpen] = useState(false);
  const button = useRef(null);
  const answer = useAnswer(id);
  useEffect(() => showTab(id), [id]);
  useAnswers((text) => {
    const problem = unsent(text);
    if (problem) begin({ state: 'unsent', problem });
  });

  function close() {
    setOpen(false);
    button.current?.focus();
  }

  if (!answer) return <p className="status-line">Nothing was run in this tab yet.</p>;
  const [kind, text] = outcome(answer);
  return (
    <>
      {isOpen && (
        <Suspense>
          <AnswerDetails answer={answer} onClose={close} />
        </Suspense>
      )}
      <div className="status-line" role="group" aria-label="About the last answer">
        <ul>
          <li className={`status-outcome ${kind}`}>{text}</li>
          {shortFacts(answer).map(([fact, more]) => (
            <li key={fact}>
              {fact}
              {more && <span className="status-more"> {more}</span>}
            </li>
          ))}
        </ul>
        {answer.state !== 'running' && (
          <button type="button" ref={button} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <Statements {...answer} />
          </button>
        )}
      </div>
    </>
  );
}

function Statements({ execution }) {
  if (!execution?.statements) return 'Details';
  const [number, ...words] = plural(execution.statements, 'SQL statement').split(' ');
  return (
    <>
      {number} {words[0]}
      <span className="status-more"> {words[1]}</span>
    </>
  );
}
