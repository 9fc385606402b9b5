import '@graphiql/plugin-explorer/style.css';
import './fieldTree.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { useLayoutEffect, useRef } from 'react';

const Content = explorerPlugin({ title: 'Field tree', showAttribution: false }).content;

export default function FieldTreeContent() {
  const tree = useRef(null);

  // The plugin focuses each argument of the query when it draws it, which would scroll there and open the keyboard of a phone.
  useLayoutEffect(() => {
    const undo = ({ target }) => {
      target.blur();
      tree.current.closest('.graphiql-plugin').scrollTop = 0;
      for (let element = target; element !== tree.current.parentElement; element = element.parentElement) element.scrollTop = 0;
    };
    const used = new AbortController();
    tree.current.addEventListener('focusin', undo, { signal: used.signal });
    for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => used.abort(), { capture: true, signal: used.signal });
    if (tree.current.contains(document.activeElement)) undo({ target: document.activeElement });
    return () => used.abort();
  }, []);

  useLayoutEffect(() => {
    const observer = new MutationObserver(() => nameFields(tree.current));
    observer.observe(tree.current, { childList: true, subtree: true });
    nameFields(tree.current);
    return () => observer.disconnect();
  }, []);

  return (
    <section className="clientele-tree" aria-label="Field tree" ref={tree}>
      <Content />
    </section>
  );
}

/** The plugin gives its fields no names. */
function nameFields(tree) {
  for (const field of tree.querySelectorAll(':is(input, select):not([aria-label])')) {
    const argument = field.closest('[data-arg-name]')?.dataset.argName;
    field.setAttribute('aria-label', argument ?? (field.matches('form *') ? 'Kind of the new operation' : 'Name of the operation'));
  }
}
