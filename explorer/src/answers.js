import { useSyncExternalStore } from 'react';

/** More tabs than these are forgotten, the oldest first: statements may be long. */
const MAX_TABS = 20;

/** The facts of the last answer of each tab, by its id. */
const answers = new Map();
const listeners = new Set();
let tab = '';

/** Says which tab operations are sent from, from now on. */
export function showTab(id) {
  tab = id;
}

/**
 * Begins the facts of an operation. `note` adds some to them; once the tab has sent another operation, it does
 * nothing. `isShown` says whether the tab is in sight.
 */
export function begin(facts) {
  const own = tab;
  let last = facts;
  set(own, last);
  return {
    note(more) {
      if (answers.get(own) !== last) return;
      last = { ...last, ...more };
      set(own, last);
    },
    isShown: () => tab === own,
  };
}

function set(id, facts) {
  answers.delete(id);
  answers.set(id, facts);
  if (answers.size > MAX_TABS) answers.delete(answers.keys().next().value);
  for (const listener of listeners) listener();
}

export const useAnswer = (id) => useSyncExternalStore(subscribe, () => answers.get(id));

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
