import { useHeadersEditorState } from '@graphiql/react';

import { personas } from './config.js';
import { CopyButton } from './CopyButton.jsx';
import { Panel } from './Panel.jsx';
import { ago, decode, expiry, tokenOf } from './token.js';
import { useNow } from './useNow.js';

const HELP = 'What the token in the headers of this tab says. It is read in this page and sent nowhere for that.';

/** The decoded token of this tab, and the time that is left. */
export function TokenPanel() {
  const [text] = useHeadersEditorState();
  const headers = read(text);
  const token = tokenOf(headers);
  const expires = token && expiry(headers);
  const now = useNow(Boolean(expires));
  if (!token) return null;
  const { problem } = decode(token);
  const left = expires && expires > now ? ago((expires - now) / 1_000) : '';
  return (
    <Panel button={<Button isValid={!problem} left={left} />} className="clientele-button clientele-token" title="Token" description={HELP}>
      {() => <Details token={token} left={left} />}
    </Panel>
  );
}

/** On a phone there is room for the key only. */
function Button({ isValid, left }) {
  return (
    <>
      <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
        <circle cx="6.5" cy="13.5" r="3.5" />
        <path d="m9 11 7.5-7.5M13 7l2.5 2.5" />
        {!isValid && <circle className="clientele-token-problem" cx="16" cy="16" r="3.5" />}
      </svg>
      <span>{isValid ? `Token: ${left}` : 'Token: not valid'}</span>
    </>
  );
}

function Details({ token, left }) {
  const { header, claims, problem } = decode(token);
  const persona = personas.find((each) => each.token === token);
  return (
    <div className="clientele-panel-body">
      {problem && (
        <p className="clientele-warning" role="alert">
          {problem}
          {persona && ' Reload the page for a new one.'}
        </p>
      )}
      {claims && (
        <dl className="clientele-claims">
          <dt>Persona</dt>
          <dd>{persona ? `${persona.username}: ${persona.description}` : 'None: a token from elsewhere'}</dd>
          <dt>Subject</dt>
          <dd>{String(claims.sub ?? 'missing')}</dd>
          <dt>Issuer</dt>
          <dd>{String(claims.iss ?? 'missing')}</dd>
          <dt>Expires</dt>
          <dd>
            {left ? `in ${left}, ` : ''}
            {moment(claims.exp)}
          </dd>
        </dl>
      )}
      {header && <Part name="Header" value={header} />}
      {claims && <Part name="Claims" value={claims} />}
      <p>{HELP} Only the server knows whether the signature is right.</p>
      <CopyButton text={token}>Copy the token</CopyButton>
    </div>
  );
}

function Part({ name, value }) {
  return (
    <>
      <h3>{name}</h3>
      <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
    </>
  );
}

function moment(seconds) {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toLocaleString('en-GB');
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
