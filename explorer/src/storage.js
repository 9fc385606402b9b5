import { local } from './browserStorage.js';
import { personas } from './config.js';

const TOKEN = /Bearer ([\w-]+\.[\w-]+\.[\w-]+)/g;
const STAND_IN = /Bearer persona:([\w.-]+)/g;

/**
 * Where GraphiQL keeps tabs and history, with names of personas in the place of their tokens: a token in the
 * history would outlive the key of a server in development. Other people's tokens are not kept at all.
 */
export const storage = {
  getItem(key) {
    return local.getItem(key)?.replace(STAND_IN, (text, username) => {
      const persona = personas.find((each) => each.username === username);
      return persona ? `Bearer ${persona.token}` : text;
    }) ?? null;
  },
  setItem(key, value) {
    local.setItem(key, value.replace(TOKEN, (_, token) => `Bearer persona:${ownerOf(token)}`));
  },
  removeItem: (key) => local.removeItem(key),
  clear: () => local.clear(),
  get length() {
    return local.length;
  },
};

const ownerOf = (token) => personas.find((each) => [each.token, ...each.former].includes(token))?.username ?? 'unknown';
