import { graphql } from 'relay-runtime';

export const page = graphql`
  query WishlistPageQuery($id: ID!) {
    node(id: $id) {
      __typename
      ...WishlistPage_wishlist @alias
    }
  }
`;

/** A connection in both directions. */
export const wishlist = graphql`
  fragment WishlistPage_wishlist on Wishlist
  @refetchable(queryName: "WishlistPagePaginationQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  ) {
    name
    visibility
    owner {
      ...CustomerPage_card
    }
    items(first: $first, after: $after, last: $last, before: $before) @connection(key: "WishlistPage_items") {
      edges {
        node {
          id
          addedAt
          note
          variant {
            sku
            product {
              ...CataloguePage_product
            }
          }
        }
      }
    }
  }
`;

/** The new item is put in front of the connection by Relay itself. */
export const add = graphql`
  mutation WishlistPageAddMutation($input: AddToWishlistInput!, $connections: [ID!]!) {
    addToWishlist(input: $input) {
      existed
      item @prependNode(connections: $connections, edgeTypeName: "WishlistItemEdge") {
        id
        addedAt
      }
      userErrors {
        code
        message
      }
    }
  }
`;
