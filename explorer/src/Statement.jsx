import { CopyButton } from './CopyButton.jsx';
import { duration } from './words.js';

const CHANGE = /\b(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)/;
const KEYWORDS = /\b([A-Z]{2,}(?: (?:BY|JOIN|ORDINALITY|INTO|UPDATE|CONFLICT))?)\b/;

/** One SQL statement: what it is for, how many rows it gave and how long it took; its text when it is opened. */
export function Statement({ statement: { text, milliseconds, rows, type, loader, control, error }, slowest }) {
  const share = slowest ? milliseconds / slowest : 0;
  const facts = [error ? `failed: ${error}` : rows !== null && !control && `${rows} ${rows === 1 ? 'row' : 'rows'}`, duration(milliseconds)];
  return (
    <li className={control ? 'statement control' : 'statement'}>
      <details>
        <summary>
          <span className="statement-name">
            {loader ?? nameOf(text)} {type && type !== loader && <em>{type}</em>}
          </span>
          <span className="statement-facts">{facts.filter(Boolean).join(' · ')}</span>
          <span className="statement-bar" style={{ inlineSize: `${Math.max(share * 100, 1)}%` }} />
        </summary>
        <pre tabIndex="0">{text.split(KEYWORDS).map((part, index) => (index % 2 ? <b key={index}>{part}</b> : part))}</pre>
        <CopyButton text={text}>Copy SQL</CopyButton>
      </details>
    </li>
  );
}

/** What a statement that no loader has made does, and to which table. */
function nameOf(text) {
  const change = text.match(CHANGE);
  if (change) return `${change[1].split(' ')[0]} ${change[2]}`;
  return text.match(/^[A-Z]+( READ ONLY)?/)?.[0] ?? 'Statement';
}
