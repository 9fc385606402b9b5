import './details.css';

import { useEffect, useRef } from 'react';

import { Statement } from './Statement.jsx';
import { longFacts } from './words.js';

const narrow = matchMedia('(max-width: 600px)');

/** All facts of the last answer and its SQL statements: above the status line, or on a phone over the whole screen. */
export default function AnswerDetails({ answer, onClose }) {
  const dialog = useRef(null);
  const { sql = [], leftOut = 0 } = answer.execution ?? {};
  const slowest = Math.max(...sql.map((statement) => statement.milliseconds), 0);

  useEffect(() => {
    if (narrow.matches) dialog.current.showModal();
    else dialog.current.show();
  }, []);

  return (
    <dialog
      ref={dialog}
      className="answer-details"
      aria-label="Details of the last answer"
      onClose={onClose}
      onKeyDown={(event) => event.key === 'Escape' && dialog.current.close()}
    >
      <header>
        <h2>Details of the last answer</h2>
        <button type="button" aria-label="Close" onClick={() => dialog.current.close()} autoFocus>
          ✕
        </button>
      </header>
      <dl>
        {longFacts(answer).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {sql.length > 0 && (
        <>
          <h3>SQL statements</h3>
          <ol>
            {sql.map((statement, index) => (
              <Statement key={index} statement={statement} slowest={slowest} />
            ))}
          </ol>
          <p>
            {leftOut > 0 && `${leftOut} more were run and are not shown. `}
            Each time is that until the last row was there. Values of parameters are not shown, since they are personal data.
          </p>
        </>
      )}
    </dialog>
  );
}
