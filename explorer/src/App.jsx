import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { useMemo } from 'react';

import { Announcer } from './Announcer.jsx';
import { showTab } from './answers.js';
import { narrow, useEditorOptions } from './editors.js';
import { fetcher } from './fetcher.js';
import { FIELD_TREE_PLUGIN } from './FieldTree.jsx';
import { Listening } from './Listening.jsx';
import { tabsChanged } from './listening.js';
import { useMendedRoles, useSystemTheme } from './mend.js';
import { Page } from './page.js';
import { PaneSwitch } from './PaneSwitch.jsx';
import { remember, usePersona } from './persona.js';
import { requests } from './requests.js';
import { noteClosed, openAtFirst, START } from './Start.jsx';
import { StatusLine } from './StatusLine.jsx';
import { storage } from './storage.js';
import { reveal, useLateAnswers, useNewTabs, useSteadyTab } from './tabs.js';
import { TopBar } from './TopBar.jsx';
import { useWelcome } from './useWelcome.js';
import welcome from './welcome.graphql?raw';

const PLUGINS = [START, DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN, FIELD_TREE_PLUGIN];
const send = requests(fetcher);

function noteTabs(state) {
  showTab(state.tabs[state.activeTabIndex]?.id);
  tabsChanged(state);
}

/** GraphiQL as it comes, under a bar that knows the personas and the examples. */
export function App() {
  return (
    <GraphiQLProvider
      fetcher={send}
      storage={storage}
      onTabChange={noteTabs}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      visiblePlugin={openAtFirst}
      onTogglePluginVisibility={noteClosed}
      defaultQuery={welcome}
      inputValueDeprecation
      schemaDescription
    >
      <HistoryStore>
        <DocExplorerStore>
          <Layout />
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

function Layout() {
  const { setVisiblePlugin } = useGraphiQLActions();
  const [persona, choosePersona] = usePersona();
  const openInTab = useNewTabs(persona, choosePersona);
  useEditorOptions();
  useMendedRoles();
  useSystemTheme();
  useLateAnswers();
  useSteadyTab();
  useWelcome(persona);

  const page = useMemo(
    () => ({
      persona,
      signInAs(username) {
        remember(username);
        choosePersona(username);
        reveal('headers');
      },
      openExample(example) {
        if (narrow.matches) setVisiblePlugin(null); // it covers the editors there
        openInTab(example);
      },
    }),
    [persona, choosePersona, openInTab],
  );

  return (
    <Page value={page}>
      <TopBar />
      <main>
        <GraphiQLInterface defaultEditorToolsVisibility={narrow.matches ? false : 'headers'} showPersistHeadersSettings={false}>
          <GraphiQL.Logo>
            <PaneSwitch />
          </GraphiQL.Logo>
          <GraphiQL.Footer>
            <Listening />
            <StatusLine />
          </GraphiQL.Footer>
        </GraphiQLInterface>
      </main>
      <Announcer />
    </Page>
  );
}
