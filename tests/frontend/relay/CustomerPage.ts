import { graphql } from 'relay-runtime';

export const page = graphql`
  query CustomerPageQuery($username: String!) {
    viewer {
      id
      role
    }
    customerByUsername(username: $username) {
      id
      ...CustomerPage_card
      ...CustomerPage_followers
    }
  }
`;

/** Refetched by its global id, through `node`. */
export const card = graphql`
  fragment CustomerPage_card on Customer @refetchable(queryName: "CustomerPageCardRefetchQuery") {
    username
    name
    avatarUrl(size: LARGE)
    isPrivate
    viewerCanSeeContent
    followersCount
    relationship {
      following
      requested
      followedBy
    }
  }
`;

export const followers = graphql`
  fragment CustomerPage_followers on Customer
  @refetchable(queryName: "CustomerPageFollowersPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    followers(first: $count, after: $cursor) @connection(key: "CustomerPage_followers") {
      totalCount
      edges {
        followedAt
        node {
          id
          ...CustomerPage_card
        }
      }
    }
  }
`;

export const follow = graphql`
  mutation CustomerPageFollowMutation($input: FollowCustomerInput!) {
    followCustomer(input: $input) {
      customer {
        id
        ...CustomerPage_card
      }
      userErrors {
        code
        message
        field
        ... on NotFoundError {
          id
        }
      }
    }
  }
`;
