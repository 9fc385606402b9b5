import { useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';

import { useEditors } from './editors.js';
import welcome from './welcome.graphql?raw';

const isWelcome = (editor) => editor.getValue().trim() === welcome.trim();

/**
 * The page opens with an answer: it runs the welcome query, but nothing that somebody wrote.
 * The welcome query also runs again for a persona that is chosen while it is shown, but not for each letter of a header.
 */
export function useWelcome(persona) {
  const { run, stop } = useGraphiQLActions();
  const editors = useEditors();
  const sent = useRef(null);
  useEffect(() => {
    if (!editors || !isWelcome(editors.queryEditor) || editors.headerEditor.hasTextFocus()) return;
    const headers = editors.headerEditor.getValue();
    if (headers === sent.current) return;
    sent.current = headers;
    stop();
    run();
  }, [editors, persona]);
}
