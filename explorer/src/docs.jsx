import { DOC_EXPLORER_PLUGIN, DocExplorer, useDocExplorer } from '@graphiql/plugin-doc-explorer';
import { Spinner, pick, useGraphiQL } from '@graphiql/react';
import { Suspense, lazy } from 'react';

const FrontPage = lazy(() => import('./DocsFrontPage.jsx'));

// GraphiQL recognizes its plugin by this very object, so the object stays and gets other content.
DOC_EXPLORER_PLUGIN.content = Docs;

/** GraphiQL's documentation, with a front page of ours in place of the list of all types. */
function Docs() {
  const stack = useDocExplorer();
  const { schema, fetchError, isIntrospecting, validationErrors } = useGraphiQL(
    pick('schema', 'fetchError', 'isIntrospecting', 'validationErrors'),
  );
  const isReady = schema && !fetchError && !isIntrospecting && validationErrors.length === 0;
  if (stack.length > 1 || !isReady) return <DocExplorer />;
  return (
    <Suspense fallback={<Spinner />}>
      <FrontPage schema={schema} />
    </Suspense>
  );
}
