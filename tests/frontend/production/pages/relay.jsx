// The Relay fragments of ../../relay as a page: a catalogue page by page, and a ticket that changes while it is shown.
import { StrictMode, Suspense, useMemo } from 'react';
import { createRoot } from 'react-dom/client';
import { RelayEnvironmentProvider, useFragment, useLazyLoadQuery, usePaginationFragment, useSubscription } from 'react-relay';

import { createLive } from '../../example/live';
import { createRelay } from '../../example/relay';
import * as catalogue from '../../relay/CataloguePage';
import * as tickets from '../../relay/TicketPage';

const { graph, ticket } = Object.fromEntries(new URLSearchParams(location.search));
const getToken = (options) => window.getToken(options);
const environment = createRelay(graph, getToken, createLive(graph, getToken));

function Catalogue() {
  const query = useLazyLoadQuery(catalogue.page, { filter: {} });
  const { data, loadNext, hasNext } = usePaginationFragment(catalogue.products, query);
  return (
    <main>
      <ul aria-label="Products">
        {data.products.edges.map(({ node }) => (
          <Product key={node.id} of={node} />
        ))}
      </ul>
      <button disabled={!hasNext} onClick={() => loadNext(20)}>
        More
      </button>
    </main>
  );
}

function Product({ of }) {
  const { title } = useFragment(catalogue.product, of);
  return <li>{title}</li>;
}

function Ticket({ id }) {
  const query = useLazyLoadQuery(tickets.page, { id });
  useSubscription(useMemo(() => ({ subscription: tickets.updated, variables: { id } }), [id]));
  const { status, claimedBy } = useFragment(tickets.ticket, query.ticket);
  return (
    <p role="status">
      {status} {claimedBy?.name}
    </p>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <RelayEnvironmentProvider environment={environment}>
      <Suspense fallback="Loading…">
        <Ticket id={ticket} />
        <Catalogue />
      </Suspense>
    </RelayEnvironmentProvider>
  </StrictMode>,
);
