import './start.css';

import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';

import { local, store } from './browserStorage.js';
import { personas } from './config.js';
import { examples } from './examples.js';
import { usePage } from './page.js';
import { ANONYMOUS } from './persona.js';

const CLOSED = 'clientele:start-closed';
const FIVE = ['ProductsWithFacets', 'PriceHistory', 'PublicCustomer', 'UpdatePreferences', 'WatchQueue'];

export const START = { title: 'Start', icon: StartIcon, content: Start };

/** What is open when the page opens for the first time; a link to an operation opens without it. */
export const openAtFirst = local.getItem(CLOSED) || location.hash ? undefined : START;

/** Once it was closed, it does not come back by itself. */
export function noteClosed(plugin) {
  if (plugin?.title !== START.title) store(local, CLOSED, 'true');
}

function Start() {
  const { setVisiblePlugin } = useGraphiQLActions();
  const { referencePlugin } = useGraphiQL(pick('referencePlugin'));
  const { persona, signInAs, openExample } = usePage();
  const everybody = [...personas, { username: ANONYMOUS, description: 'what a stranger sees' }];

  return (
    <section className="first-screen" aria-labelledby="start-title">
      <header>
        <h2 id="start-title">Welcome to Clientele</h2>
        <button type="button" aria-label="Close the first screen" onClick={() => setVisiblePlugin(null)}>
          ×
        </button>
      </header>
      <p>One graph for everything a shop knows about its customers. The welcome query has already run: its answer is here.</p>

      <h3 id="start-personas">Sign in as</h3>
      <div className="first-screen-personas" role="group" aria-labelledby="start-personas">
        {everybody.map(({ username, description }) => (
          <button key={username} type="button" aria-pressed={username === persona} onClick={() => signInAs(username)}>
            <span className="first-screen-initial" aria-hidden="true">
              {username === ANONYMOUS ? '?' : username[0].toUpperCase()}
            </span>
            <span>
              <strong>{username === ANONYMOUS ? 'Anonymous' : username}</strong>
              <small>{description}</small>
            </span>
          </button>
        ))}
      </div>

      <h3>Examples</h3>
      <ul className="first-screen-examples">
        {FIVE.map((name) => examples.find(({ operationName }) => operationName === name))
          .filter(Boolean)
          .map((example) => (
            <li key={example.operationName}>
              <button type="button" onClick={() => openExample(example)}>
                <span>{example.title}</span>
                <em>{example.kind}</em>
              </button>
            </li>
          ))}
      </ul>

      <h3>Reference</h3>
      <ul className="first-screen-links">
        <li>
          <button type="button" onClick={() => setVisiblePlugin(referencePlugin)}>
            Docs of every type and field
          </button>
        </li>
        <li>
          <a href="/schema.graphql" target="_blank" rel="noreferrer">
            The schema as SDL
          </a>
        </li>
      </ul>
    </section>
  );
}

function StartIcon(props) {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinejoin="round" {...props}>
      <path d="M2.5 9.5 10 3l7.5 6.5M4.5 8v9h4v-5h3v5h4V8" />
    </svg>
  );
}
