import { useQuery, useSubscription } from '@apollo/client/react';

import { graphql } from './graphql';

const TICKET = graphql(`
  query Ticket($id: ID!) {
    ticket(id: $id) {
      ...TicketStatus
    }
  }
`);

const UPDATED = graphql(`
  subscription TicketUpdated($id: ID!) {
    ticketUpdated(ticketId: $id) {
      ...TicketStatus
    }
  }
`);

graphql(`
  fragment TicketStatus on Ticket {
    id
    status
    claimedBy {
      id
      name
    }
  }
`);

/** Shows the ticket as it is now. Each update goes into the cache, because the ticket has an id. */
export function LiveTicket({ id }: { id: string }) {
  const { data, refetch } = useQuery(TICKET, { variables: { id } });
  useSubscription(UPDATED, { variables: { id }, onError: () => void refetch() });
  if (!data?.ticket) return <p>There is no such ticket.</p>;
  const { status, claimedBy } = data.ticket;
  return (
    <p role="status">
      {status} {claimedBy?.name}
    </p>
  );
}
