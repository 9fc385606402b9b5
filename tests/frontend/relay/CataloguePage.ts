import { graphql } from 'relay-runtime';

export const page = graphql`
  query CataloguePageQuery($filter: ProductFilter) {
    categories {
      slug
      name
    }
    ...CataloguePage_products @arguments(filter: $filter)
  }
`;

/** A connection at the root, forwards, refetched with other filters. */
export const products = graphql`
  fragment CataloguePage_products on Query
  @refetchable(queryName: "CataloguePageProductsPaginationQuery")
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "String" }
    filter: { type: "ProductFilter" }
  ) {
    products(filter: $filter, sort: NEWEST, first: $count, after: $cursor)
      @connection(key: "CataloguePage_products", filters: ["filter", "sort"]) {
      edges {
        node {
          id
          ...CataloguePage_product
        }
      }
    }
  }
`;

export const product = graphql`
  fragment CataloguePage_product on Product {
    title
    slug
    viewerHasWishlisted
    brand {
      name
    }
    bestListing {
      price {
        amount
        currencyCode
      }
      store {
        name
      }
    }
  }
`;
