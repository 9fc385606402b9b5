// Uses what was generated as a front end does; it is compiled, never run.
import { MyWishlistDocument, type MyWishlistQuery, PublicCustomerDocument } from './out/codegen/graphql';
import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';

export const variables: VariablesOf<typeof PublicCustomerDocument> = { username: 'omar', first: 5 };

export function titles(data: MyWishlistQuery): string[] {
  return data.viewer?.wishlist?.items.edges.map((edge) => edge.node.variant.product.title) ?? [];
}

export function followerNames(data: ResultOf<typeof PublicCustomerDocument>): string[] {
  return data.customerByUsername?.followers?.edges.map((edge) => edge.node.username) ?? [];
}

export const document = MyWishlistDocument;
