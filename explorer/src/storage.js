import { personas } from './config.js';

const TOKEN = /Bearer ([\w-]+\.[\w-]+\.[\w-]+)/g;
const STAND_IN = /Bearer persona:([\w.-]+)/g;

/**
 * Where GraphiQL keeps tabs and history, with names of personas in the place of their tokens: a token in the
 * history would outlive the key of a server in development. Other people's tokens are not kept at all.
 */
export const storage = {
  getItem(key) {
    return localStorage.getItem(key)?.replace(STAND_IN, (text, username) => {
      const persona = personas.find((each) => each.username === username);
      return persona ? `Bearer ${persona.token}` : text;
    }) ?? null;
  },
  setItem(key, value) {
    localStorage.setItem(key, value.replace(TOKEN, (_, token) => `Bearer persona:${ownerOf(token)}`));
  },
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length;
  },
};

const ownerOf = (token) => personas.find((each) => [each.token, ...each.former].includes(token))?.username ?? 'unknown';
