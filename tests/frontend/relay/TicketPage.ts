import { graphql } from 'relay-runtime';

export const page = graphql`
  query TicketPageQuery($id: ID!) {
    ticket(id: $id) {
      ...TicketPage_ticket
    }
  }
`;

export const ticket = graphql`
  fragment TicketPage_ticket on Ticket {
    status
    claimedBy {
      name
    }
  }
`;

/** Each event is a ticket with its id, so that the store has it wherever it is shown. */
export const updated = graphql`
  subscription TicketPageSubscription($id: ID!) {
    ticketUpdated(ticketId: $id) {
      ...TicketPage_ticket
    }
  }
`;
