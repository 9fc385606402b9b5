import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect, useState } from 'react';

import { useAnswers, useEditors } from './editors.js';

const PANES = [
  ['query', 'Query'],
  ['answer', 'Answer'],
];

/**
 * On a phone the panes are stacked, and one of them has most of the room: the query while it is
 * written, the answer as soon as it comes. Hidden where there is room for both.
 */
export function PaneSwitch() {
  const [pane, setPane] = useState('answer');
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'));
  const editors = useEditors();
  const tab = tabs[activeTabIndex];
  useAnswers(() => setPane('answer'));

  useEffect(() => setPane(tab.response ? 'answer' : 'query'), [tab.id]);

  useEffect(() => {
    document.body.dataset.pane = pane;
  }, [pane]);

  useEffect(() => {
    const focused = editors?.queryEditor.onDidFocusEditorText(() => setPane('query'));
    return () => focused?.dispose();
  }, [editors]);

  useEffect(() => {
    const tools = document.querySelector('.graphiql-editor-tools');
    const show = () => setPane('query');
    tools?.addEventListener('click', show);
    return () => tools?.removeEventListener('click', show);
  }, []);

  return (
    <div className="pane-switch" role="group" aria-label="Which pane is larger">
      {PANES.map(([name, label]) => (
        <button key={name} type="button" aria-pressed={name === pane} onClick={() => setPane(name)}>
          {label}
        </button>
      ))}
    </div>
  );
}
