/** Where the browser keeps texts for this page, or the memory of the page if the browser allows neither. */
export const local = storageOf('localStorage');
export const session = storageOf('sessionStorage');

/** Stores a text if there is room for it: a full storage must not stop what somebody does. */
export function store(storage, key, text) {
  try {
    storage.setItem(key, text);
  } catch {
    // The tabs that are open keep what was chosen.
  }
}

function storageOf(name) {
  try {
    return window[name] ?? inMemory();
  } catch {
    return inMemory(); // cookies and the like are blocked
  }
}

function inMemory() {
  const texts = new Map();
  return {
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => void texts.set(key, text),
    removeItem: (key) => void texts.delete(key),
    clear: () => texts.clear(),
    get length() {
      return texts.size;
    },
  };
}
