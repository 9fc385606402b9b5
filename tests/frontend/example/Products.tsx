import { useMutation, useQuery } from '@apollo/client/react';

import { graphql } from './graphql';

const PRODUCTS = graphql(`
  query Products($first: Int!, $after: String) {
    products(first: $first, after: $after, sort: NEWEST) {
      edges {
        node {
          id
          title
          viewerHasWishlisted
          variants(first: 1) {
            id
          }
          bestListing {
            id
            price {
              amount
              currencyCode
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const ADD = graphql(`
  mutation AddToWishlist($variantId: ID!) {
    addToWishlist(input: { variantId: $variantId }) {
      item {
        id
        variant {
          id
          product {
            id
            viewerHasWishlisted
          }
        }
      }
      userErrors {
        message
        code
      }
    }
  }
`);

export function Products() {
  const { data, error, fetchMore } = useQuery(PRODUCTS, { variables: { first: 20 } });
  const [add, adding] = useMutation(ADD);
  if (error) return <p role="alert">{error.message}</p>;
  if (!data) return <p>Loading…</p>;
  const { edges, pageInfo } = data.products;

  function remember(productId: string, variantId: string) {
    void add({
      variables: { variantId },
      optimisticResponse: {
        addToWishlist: {
          __typename: 'AddToWishlistPayload',
          item: {
            __typename: 'WishlistItem',
            id: 'new',
            variant: {
              __typename: 'ProductVariant',
              id: variantId,
              product: { __typename: 'Product', id: productId, viewerHasWishlisted: true },
            },
          },
          userErrors: [],
        },
      },
    });
  }

  return (
    <main>
      {adding.data?.addToWishlist.userErrors.map(({ message }) => (
        <p role="alert" key={message}>
          {message}
        </p>
      ))}
      <ul aria-label="Products">
        {edges.map(({ node: { id, title, viewerHasWishlisted, variants, bestListing } }) => (
          <li key={id}>
            {title} {bestListing?.price && formatMoney(bestListing.price)}
            <button
              aria-pressed={viewerHasWishlisted ?? false}
              disabled={!variants[0]}
              onClick={() => remember(id, variants[0]!.id)}
            >
              Wishlist
            </button>
          </li>
        ))}
      </ul>
      <button disabled={!pageInfo.hasNextPage} onClick={() => fetchMore({ variables: { after: pageInfo.endCursor } })}>
        More
      </button>
    </main>
  );
}

function formatMoney({ amount, currencyCode }: { amount: string; currencyCode: string }) {
  return new Intl.NumberFormat(undefined, { style: 'currency', currency: currencyCode }).format(Number(amount));
}
