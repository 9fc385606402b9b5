import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect, useMemo, useRef } from 'react';

const ESCAPE = 9; // monaco.KeyCode.Escape; monaco itself is loaded later
const NOTHING_OPEN =
  'editorTextFocus && !suggestWidgetVisible && !findWidgetVisible && !parameterHintsVisible && !inSnippetMode && !hasOtherSuggestions';
const NAMES = { queryEditor: 'Query editor', variableEditor: 'Variables editor', headerEditor: 'Headers editor', responseEditor: 'Response' };
const LEAVE = 'Escape leaves the editor.';
const LABELS = {
  queryEditor: `Query. Control Enter runs it. ${LEAVE}`,
  variableEditor: `Variables, as JSON. ${LEAVE}`,
  headerEditor: `Headers, as JSON. ${LEAVE}`,
  responseEditor: `Response, read only. ${LEAVE}`,
};
/** Whether the panes are stacked, as in style.css. */
export const narrow = matchMedia('(max-width: 600px)');

/** The four Monaco editors, once all are there. */
export function useEditors() {
  const editors = useGraphiQL(pick('queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'));
  const isComplete = Object.values(editors).every(Boolean);
  return useMemo(() => (isComplete ? editors : null), Object.values(editors));
}

/** Names the editors for screen readers, lets the keyboard out of them, and fits them to the screen and to Arabic. */
export function useEditorOptions() {
  const editors = useEditors();
  useEffect(() => {
    if (!editors) return;
    const fit = () => Object.entries(editors).forEach(([name, editor]) => editor.updateOptions(options(name)));
    fit();
    narrow.addEventListener('change', fit);
    for (const [name, editor] of Object.entries(editors)) {
      const container = editor.getContainerDomNode();
      editor.addCommand(ESCAPE, () => container.focus(), NOTHING_OPEN);
      // Monaco's input announces changes itself; the whole text again for each line drawn would be noise.
      container.removeAttribute('aria-live');
      container.removeAttribute('aria-atomic');
      container.setAttribute('role', 'group');
      container.setAttribute('aria-label', `${NAMES[name]}: Enter leads into it`);
    }
    return () => narrow.removeEventListener('change', fit);
  }, [editors]);
}

function options(name) {
  return {
    ariaLabel: LABELS[name],
    fontSize: narrow.matches ? 13 : 14,
    wordWrap: name === 'headerEditor' ? 'off' : 'on', // a token would fill the pane
    lineNumbers: name === 'responseEditor' || narrow.matches ? 'off' : 'on',
    renderFinalNewline: 'on', // the number of an empty last line would be too pale
    folding: name === 'responseEditor' || !narrow.matches,
    // Arabic letters are not lookalikes of Latin ones here, but somebody's name.
    unicodeHighlight: { ambiguousCharacters: false },
  };
}

/** Calls `onAnswer` with the text of each answer or event when it comes, not when a tab is shown again. */
export function useAnswers(onAnswer) {
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'));
  const { id, response } = tabs[activeTabIndex];
  const shown = useRef({ id, response });
  useEffect(() => {
    const before = shown.current;
    shown.current = { id, response };
    if (id === before.id && response && response !== before.response) onAnswer(response);
  }, [id, response]);
}
