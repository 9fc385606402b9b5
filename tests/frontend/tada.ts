// What gql.tada infers from the SDL, without generated operations; it is compiled, never run.
import { initGraphQLTada, type ResultOf, type VariablesOf } from 'gql.tada';

import type { introspection } from './out/tada/graphql-env';

type Text = 'CurrencyCode' | 'DateTime' | 'Decimal' | 'EmailAddress' | 'LanguageTag' | 'PhoneNumber' | 'URL';

export const graphql = initGraphQLTada<{ introspection: introspection; scalars: Record<Text, string> }>();

export const TICKETS = graphql(`
  query Tickets($status: TicketStatus, $after: String) {
    viewer {
      tickets(first: 20, status: $status, after: $after) {
        nodes {
          id
          status
          createdAt
        }
      }
    }
  }
`);

export const RENAME = graphql(`
  mutation Rename($input: UpdateUsernameInput!) {
    updateUsername(input: $input) {
      userErrors {
        __typename
        ... on UsernameTakenError {
          suggestion
        }
      }
    }
  }
`);

export const variables: VariablesOf<typeof TICKETS> = { status: 'CLAIMED' };

// @ts-expect-error: there is no such status
export const wrong: VariablesOf<typeof TICKETS> = { status: 'LOST' };

export function openedAt(data: ResultOf<typeof TICKETS>): string[] {
  return data.viewer?.tickets?.nodes.map(({ createdAt }) => createdAt) ?? [];
}

export function suggestion(data: ResultOf<typeof RENAME>): string | undefined {
  const [error] = data.updateUsername.userErrors;
  return error?.__typename === 'UsernameTakenError' ? error.suggestion : undefined;
}
