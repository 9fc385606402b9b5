import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';

import icon from '../icon.svg';
import { personas } from './config.js';
import { ExamplesMenu } from './ExamplesMenu.jsx';
import { ANONYMOUS, OTHER, isKnown, remember, remembered, usePersona } from './persona.js';

export function TopBar() {
  const [persona, choosePersona] = usePersona();
  const openExample = useNewTabs(choosePersona);

  function switchPersona(event) {
    remember(event.target.value);
    choosePersona(event.target.value);
    reveal('headers');
  }

  return (
    <header className="clientele-bar">
      <h1>
        <img src={icon} alt="" /> Clientele
      </h1>
      <ExamplesMenu onChoose={openExample} />
      <label>
        Persona
        <select value={persona} onChange={switchPersona}>
          <option value={ANONYMOUS}>Anonymous</option>
          {personas.map(({ username, description }) => (
            <option key={username} value={username}>
              {description ? `${username}: ${description}` : username}
            </option>
          ))}
          {persona === OTHER && <option value={OTHER}>Another token</option>}
        </select>
      </label>
    </header>
  );
}

/**
 * Fills each tab when it is first shown: with the example that it was opened for, if any,
 * and with the persona of the example, or else the one that was chosen last.
 * Headers are not kept in the browser, since development tokens change with the server's key.
 */
function useNewTabs(choosePersona) {
  const { addTab, setOperationName, updateActiveTabValues } = useGraphiQLActions();
  const { queryEditor, variableEditor, headerEditor, tabs, activeTabIndex } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'tabs', 'activeTabIndex'),
  );
  const filled = useRef(new Set());
  const waiting = useRef(null);
  const tab = tabs[activeTabIndex].id;
  const ready = queryEditor && variableEditor && headerEditor;

  useEffect(() => {
    if (!ready || filled.current.has(tab)) return;
    filled.current.add(tab);
    const example = waiting.current;
    waiting.current = null;
    choosePersona(example && (isKnown(example.persona) || example.persona === ANONYMOUS) ? example.persona : remembered());
    if (!example) return;
    const { query, variables } = example;
    queryEditor.setValue(query);
    variableEditor.setValue(variables);
    updateActiveTabValues({ query, variables });
    // GraphiQL finds the name a moment later by itself; until then it would send the last tab's.
    setOperationName(example.operationName);
    queryEditor.focus();
    reveal(variables ? 'variables' : 'headers');
  }, [tab, ready]);

  return (example) => {
    waiting.current = example;
    addTab();
  };
}

/** Shows the variables or the headers under the query, as a click on their button does. */
function reveal(tool) {
  document.querySelector(`.graphiql-editor-tools [data-name="${tool}"]`)?.click();
}
