import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';

import { useAnswer } from './answers.js';
import { narrow, useEditors } from './editors.js';
import { ANONYMOUS, isKnown, rememberForTab, rememberedForTab } from './persona.js';

/**
 * Fills each tab when it is first shown: with the example that it was opened for, if any, and with the
 * persona of the example, or else the one that the tab had before a reload, or else the one chosen last.
 * Headers are not kept in the browser, since development tokens change with the server's key.
 */
export function useNewTabs(persona, choosePersona) {
  const { addTab, setOperationName, stop, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'));
  const editors = useEditors();
  const filled = useRef(new Set());
  const waiting = useRef(null);
  const tab = tabs[activeTabIndex].id;

  // GraphiQL finds the name a moment later by itself; until then it would send the last tab's.
  useEffect(() => {
    if (editors) setOperationName(tabs[activeTabIndex].operationName);
  }, [tab, editors]);

  useEffect(() => {
    if (!editors || filled.current.has(tab)) return;
    if (filled.current.size) stop(); // the answer to another tab must not be shown in this one
    filled.current.add(tab);
    const example = waiting.current;
    waiting.current = null;
    choosePersona(offers(example) ? example.persona : rememberedForTab(tab));
    if (!example) return;
    const { query, variables } = example;
    editors.queryEditor.setValue(query);
    editors.variableEditor.setValue(variables);
    updateActiveTabValues({ query, variables });
    setOperationName(example.operationName);
    if (!narrow.matches) editors.queryEditor.focus(); // on a phone, its keyboard would cover the page
    reveal(variables ? 'variables' : 'headers');
  }, [tab, editors]);

  useEffect(() => {
    if (filled.current.has(tab)) rememberForTab(tab, persona);
  }, [tab, persona]);

  useEffect(() => {
    const showNewToken = () => isKnown(persona) && choosePersona(persona);
    window.addEventListener('clientele:renewed', showNewToken);
    return () => window.removeEventListener('clientele:renewed', showNewToken);
  });

  return (example) => {
    waiting.current = example;
    addTab();
  };
}

/** Shows the answer that came while another tab was shown. */
export function useLateAnswers() {
  const { updateActiveTabValues } = useGraphiQLActions();
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'));
  const editors = useEditors();
  const { id } = tabs[activeTabIndex];
  const late = useAnswer(id)?.late;
  useEffect(() => {
    if (!editors || late === undefined) return;
    editors.responseEditor.setValue(late);
    updateActiveTabValues({ response: late });
  }, [id, late, editors]);
}

/** Ignores a click on the tab that is shown: GraphiQL would stop its operation, as it does before it shows another tab. */
export function useSteadyTab() {
  useEffect(() => {
    const ignore = (event) => event.target.closest?.('.graphiql-tab-active .graphiql-tab-button') && event.stopPropagation();
    window.addEventListener('click', ignore, true);
    return () => window.removeEventListener('click', ignore, true);
  }, []);
}

/** Shows the variables or the headers under the query, as a click on their button does. */
export function reveal(tool) {
  document.querySelector(`.graphiql-editor-tools [data-name="${tool}"]`)?.click();
}

const offers = (example) => example && (isKnown(example.persona) || example.persona === ANONYMOUS);
