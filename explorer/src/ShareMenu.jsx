import { pick, useGraphiQL } from '@graphiql/react';
import { getOperationAST, parse } from 'graphql';
import { useEffect, useState } from 'react';

import { endpoint, personas } from './config.js';
import { CopyButton } from './CopyButton.jsx';
import { makeLink } from './links.js';
import { Panel } from './Panel.jsx';
import { ANONYMOUS } from './persona.js';
import { curl, fetchCode, typescript, VARIABLE } from './snippets.js';
import { tokenOf } from './token.js';

const HELP = 'The operation of this tab, with its variables and headers, as text that runs elsewhere, or as a link.';
const FORMS = { curl, fetch: fetchCode, TypeScript: typescript, Link: null };

/** Copies the operation of this tab as curl, fetch or TypeScript, or as a link. */
export function ShareMenu() {
  return (
    <Panel button="Share" title="Copy or share" description={HELP}>
      {() => <Forms />}
    </Panel>
  );
}

function Forms() {
  const { queryEditor, variableEditor, headerEditor, operationName } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'operationName'),
  );
  const [form, setForm] = useState('curl');
  const texts = [queryEditor, variableEditor, headerEditor].map((editor) => editor?.getValue() ?? '');
  const { request, problem } = read(texts, operationName);
  return (
    <div className="clientele-panel-body">
      <div className="clientele-row" role="radiogroup" aria-label="Form">
        {Object.keys(FORMS).map((name) => (
          <button type="button" role="radio" className="clientele-small" aria-checked={form === name} key={name} onClick={() => setForm(name)}>
            {name}
          </button>
        ))}
      </div>
      {problem ? (
        <p className="clientele-warning" role="alert">
          {problem}
        </p>
      ) : form === 'Link' ? (
        <Link request={request} variables={texts[1]} />
      ) : (
        <Snippet key={form} form={form} request={request} />
      )}
    </div>
  );
}

function Snippet({ form, request }) {
  const persona = personas.find(({ token }) => token === request.token);
  // What is pasted into a terminal should run; what goes into a file must have no token, nor must a real customer's.
  const [isSecret, setSecret] = useState(form === 'TypeScript' || !persona);
  const text = FORMS[form](request, isSecret);
  return (
    <>
      {request.token && (
        <>
          <div className="clientele-row">
            <label>
              <input type="checkbox" checked={!isSecret} onChange={(event) => setSecret(!event.target.checked)} /> With the token itself
            </label>
          </div>
          <p>
            {isSecret
              ? `The token is read from the environment variable ${VARIABLE}.`
              : `Whoever has this text is ${persona?.username ?? 'the owner of the token'} to the server until the token expires.`}
          </p>
        </>
      )}
      <pre tabIndex={0} aria-label={form}>
        {text}
      </pre>
      <CopyButton text={text}>Copy</CopyButton>
    </>
  );
}

function Link({ request, variables }) {
  const persona = personas.find(({ token }) => token === request.token)?.username ?? (request.token ? undefined : ANONYMOUS);
  const { query, operationName } = request;
  const [made, setMade] = useState({});
  useEffect(() => {
    makeLink({ query, variables: variables || undefined, operationName, persona }).then(setMade);
  }, [query, variables, operationName, persona]);
  if (made.problem) return <p className="clientele-warning" role="alert">{made.problem}</p>;
  if (!made.link) return null;
  return (
    <>
      <p>
        It opens this query with its variables in a new tab{persona ? `, as ${persona}` : ''}, and runs nothing. Headers and tokens are not in it. It works for
        whoever reaches this page.
      </p>
      <pre tabIndex={0} aria-label="Link" className="clientele-link">
        {made.link}
      </pre>
      <CopyButton text={made.link}>Copy the link</CopyButton>
    </>
  );
}

/** The request that would be sent, or the sentence that says what is wrong with it. */
function read([query, variables, headers], name) {
  try {
    const operation = getOperationAST(parse(query), name) ?? getOperationAST(parse(query));
    if (!operation) return { problem: 'Choose an operation first: the tab has several, or none.' };
    const given = object(headers, 'headers');
    const others = Object.fromEntries(Object.entries(given).filter(([header]) => header.toLowerCase() !== 'authorization'));
    const url = new URL(endpoint, location.href).href;
    const own = { url, query, variables: object(variables, 'variables', null), operationName: operation.name?.value, kind: operation.operation };
    return { request: { ...own, headers: others, token: tokenOf(given) } };
  } catch (error) {
    return { problem: `First correct the tab: ${error.message}` };
  }
}

function object(text, what, otherwise = {}) {
  if (!text.trim()) return otherwise;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`the ${what} are not JSON.`);
  }
  if (!value || typeof value !== 'object' || Array.isArray(value)) throw new Error(`the ${what} are not a JSON object.`);
  return value;
}
