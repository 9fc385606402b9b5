import { useGraphiQLActions, useHeadersEditorState } from '@graphiql/react';
import { local, session, store } from './browserStorage.js';
import { personas } from './config.js';

export const ANONYMOUS = 'anonymous';
export const OTHER = 'other';

const LAST = 'clientele:persona';
const BY_TAB = 'clientele:personas';
const MAX_TABS = 100;

/**
 * Whom the requests of the current tab speak for. The headers editor is the only truth:
 * the persona is read from its token, and choosing one writes the token there.
 */
export function usePersona() {
  const [headers, setHeaders] = useHeadersEditorState();
  const { updateActiveTabValues } = useGraphiQLActions();
  const choose = (username) => {
    const chosen = withPersona(headers, username);
    setHeaders(chosen);
    updateActiveTabValues({ headers: chosen }); // or the history would get them a moment too late
  };
  return [personaOf(headers), choose];
}

/** The next new tab begins with the persona that was chosen last. */
export const remember = (username) => store(local, LAST, username);

export function remembered() {
  const username = local.getItem(LAST);
  return isKnown(username) ? username : ANONYMOUS;
}

/**
 * Names, never tokens. Windows share the tabs of GraphiQL, but each has its own persona in them:
 * a window finds it in its own storage, and a new window in what was stored last.
 */
export function rememberForTab(tab, username) {
  for (const storage of [session, local]) {
    const { [tab]: _, ...others } = stored(storage);
    const entries = [...Object.entries(others), [tab, username]].slice(-MAX_TABS);
    store(storage, BY_TAB, JSON.stringify(Object.fromEntries(entries)));
  }
}

export function rememberedForTab(tab) {
  const username = stored(session)[tab] ?? stored(local)[tab];
  if (username === undefined) return remembered();
  return isKnown(username) ? username : ANONYMOUS; // a token that somebody pasted is not kept
}

export const isKnown = (username) => personas.some((persona) => persona.username === username);

/** The same headers with the token that the persona has now, if they have one that it had before. */
export function withCurrentToken(headers) {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => {
      const persona = isAuthorization(name) && ownerOf(value);
      return [name, persona ? bearer(persona.token) : value];
    }),
  );
}

/** Whether the headers carry a token of a persona, which the server would renew. */
export const hasPersona = (headers) => Boolean(ownerOf(authorization(headers ?? {})));

function personaOf(text) {
  const value = authorization(parse(text));
  return value ? (ownerOf(value)?.username ?? OTHER) : ANONYMOUS;
}

function withPersona(text, username) {
  const others = Object.entries(parse(text)).filter(([name]) => !isAuthorization(name));
  const persona = personas.find((each) => each.username === username);
  if (persona) others.push(['Authorization', bearer(persona.token)]);
  return others.length ? JSON.stringify(Object.fromEntries(others), null, 2) : '';
}

const bearer = (token) => `Bearer ${token}`;

const ownerOf = (value) => personas.find(({ token, former }) => [token, ...former].some((each) => bearer(each) === value));

const isAuthorization = (name) => name.toLowerCase() === 'authorization';

const authorization = (headers) => Object.entries(headers).find(([name]) => isAuthorization(name))?.[1];

function stored(storage) {
  try {
    return JSON.parse(storage.getItem(BY_TAB)) ?? {};
  } catch {
    return {};
  }
}

/** The headers as an object; empty while somebody is still typing them. */
function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
