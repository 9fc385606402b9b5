// The example of docs/front-ends.md as a page.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Graph } from '../../example/App';
import { LiveTicket } from '../../example/LiveTicket';
import { Products } from '../../example/Products';

const { graph, ticket } = Object.fromEntries(new URLSearchParams(location.search));

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Graph url={graph}>
      <LiveTicket id={ticket} />
      <Products />
    </Graph>
  </StrictMode>,
);
