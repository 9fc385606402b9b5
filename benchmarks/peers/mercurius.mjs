// Mercurius with its JIT: the same graph by hand, its own loaders for every edge, prepared statements of node-postgres.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { viewer } from "./viewer.mjs";

pg.types.setTypeParser(1184, (text) => text.replace(" ", "T") + ":00"); // timestamptz, without a Date of each
const pool = new pg.Pool({ connectionString: process.env.BENCHMARK_DATABASE_URL, max: 10 });
const query = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const schema = `
  type Query { customer(id: ID!): Customer products(first: Int!): ProductConnection! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Customer {
    id: ID! username: String! name: String location: String followersCount: Int! createdAt: String!
    followers(first: Int!): FollowerConnection wishlist: Wishlist
  }
  type FollowerConnection { edges: [FollowerEdge!]! pageInfo: PageInfo! }
  type FollowerEdge { cursor: String! node: Customer! }
  type Wishlist { id: ID! items(first: Int!): ItemConnection! }
  type ItemConnection { nodes: [Item!]! pageInfo: PageInfo! }
  type Item { id: ID! variant: Variant! }
  type Variant { id: ID! product: Product! }
  type ProductConnection { nodes: [Product!]! pageInfo: PageInfo! }
  type Product {
    id: ID! slug: String! title: String! description: String tags: [String!]! createdAt: String! updatedAt: String!
    brand: Brand
  }
  type Brand { id: ID! name: String! }
`;

const CUSTOMER = `c.id, c.username, c.name, c.location, c.followers_count AS "followersCount", c.created_at AS "createdAt"`;
const PRODUCT = `id, slug, title, description, tags, brand_id, created_at AS "createdAt", updated_at AS "updatedAt"`;
const cursor = (row) => Buffer.from(JSON.stringify([row.at, row.id])).toString("base64url");

function page(rows, size) {
  const nodes = rows.slice(0, size);
  return { nodes, pageInfo: { hasNextPage: rows.length > size, endCursor: nodes.length ? cursor(nodes.at(-1)) : null } };
}

async function byId(name, text, keys) {
  const found = new Map((await query(name, text, [[...new Set(keys)]])).map((row) => [row.id, row]));
  return keys.map((key) => found.get(key) ?? null);
}

async function pages(name, text, keys, size) {
  const found = new Map(keys.map((key) => [key, []]));
  for (const row of await query(name, text, [keys, size + 1])) found.get(row.parent).push(row);
  return keys.map((key) => page(found.get(key), size));
}

const resolvers = {
  Query: {
    customer: async (_, { id }) =>
      (await query("customer", `SELECT ${CUSTOMER} FROM customer c WHERE c.id = $1`, [id]))[0],
    products: async (_, { first }) => {
      const text = `SELECT ${PRODUCT}, created_at AS at FROM product ORDER BY created_at DESC, id DESC LIMIT $1`;
      return page(await query("products", text, [first + 1]), first);
    },
  },
};

const loaders = {
  Customer: {
    async followers(asked) {
      const text = `SELECT k.id AS parent, p.* FROM unnest($1::uuid[]) k(id) CROSS JOIN LATERAL (
        SELECT ${CUSTOMER}, f.created_at AS at FROM follow f JOIN customer c ON c.id = f.follower_id
        WHERE f.followee_id = k.id ORDER BY f.created_at DESC, f.follower_id DESC LIMIT $2) p
        ORDER BY p.at DESC, p.id DESC`;
      const found = await pages("followers", text, asked.map(({ obj }) => obj.id), asked[0].params.first);
      return found.map(({ nodes, pageInfo }) => ({ edges: nodes.map((node) => ({ cursor: cursor(node), node })), pageInfo }));
    },
    async wishlist(asked) {
      const text = "SELECT id, owner_id FROM wishlist WHERE owner_id = ANY($1::uuid[]) AND is_default";
      const found = new Map();
      for (const row of await query("wishlists", text, [asked.map(({ obj }) => obj.id)])) found.set(row.owner_id, row);
      return asked.map(({ obj }) => found.get(obj.id) ?? null);
    },
  },
  Wishlist: {
    items(asked) {
      const text = `SELECT k.id AS parent, p.* FROM unnest($1::uuid[]) k(id) CROSS JOIN LATERAL (
        SELECT id, variant_id, created_at AS at FROM wishlist_item
        WHERE wishlist_id = k.id ORDER BY created_at DESC, id DESC LIMIT $2) p ORDER BY p.at DESC, p.id DESC`;
      return pages("items", text, asked.map(({ obj }) => obj.id), asked[0].params.first);
    },
  },
  Item: {
    variant: (asked) =>
      byId("variants", "SELECT id, product_id FROM product_variant WHERE id = ANY($1::uuid[])", asked.map(({ obj }) => obj.variant_id)),
  },
  Variant: {
    product: (asked) =>
      byId("products by id", `SELECT ${PRODUCT} FROM product WHERE id = ANY($1::uuid[])`, asked.map(({ obj }) => obj.product_id)),
  },
  Product: {
    brand: (asked) =>
      byId("brands", "SELECT id, name FROM brand WHERE id = ANY($1::uuid[])", asked.map(({ obj }) => obj.brand_id)),
  },
};

const app = Fastify({ logger: false });
app.register(mercurius, {
  schema, resolvers, loaders, jit: 1, graphiql: false,
  context: async (request) => ({ viewer: await viewer(pool, request.headers.authorization) }),
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
