import { useHeadersEditorState } from '@graphiql/react';
import { personas } from './config.js';

export const ANONYMOUS = 'anonymous';
export const OTHER = 'other';

const REMEMBERED = 'clientele:persona';

/**
 * Whom the requests of the current tab speak for. The headers editor is the only truth:
 * the persona is read from its token, and choosing one writes the token there.
 */
export function usePersona() {
  const [headers, setHeaders] = useHeadersEditorState();
  const choose = (username) => setHeaders(withPersona(headers, username));
  return [personaOf(headers), choose];
}

export const remember = (username) => localStorage.setItem(REMEMBERED, username);

export function remembered() {
  const username = localStorage.getItem(REMEMBERED);
  return isKnown(username) ? username : ANONYMOUS;
}

export const isKnown = (username) => personas.some((persona) => persona.username === username);

function personaOf(text) {
  const token = authorization(parse(text));
  if (!token) return ANONYMOUS;
  return personas.find((persona) => bearer(persona) === token)?.username ?? OTHER;
}

function withPersona(text, username) {
  const others = Object.entries(parse(text)).filter(([name]) => !isAuthorization(name));
  const persona = personas.find((each) => each.username === username);
  if (persona) others.push(['Authorization', bearer(persona)]);
  return others.length ? JSON.stringify(Object.fromEntries(others), null, 2) : '';
}

const bearer = (persona) => `Bearer ${persona.token}`;

const isAuthorization = (name) => name.toLowerCase() === 'authorization';

const authorization = (headers) => Object.entries(headers).find(([name]) => isAuthorization(name))?.[1];

/** The headers as an object; empty while somebody is still typing them. */
function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
