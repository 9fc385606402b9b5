// PostGraphile 5 over the tables as they are, with its own server, without GraphiQL and without a limit of its own.
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { viewer } from "./viewer.mjs";

const pool = new pg.Pool({ connectionString: process.env.BENCHMARK_DATABASE_URL, max: 10 });
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, websockets: false },
  grafast: {
    explain: false,
    context: async (request) => ({ viewer: await viewer(pool, request.node.req.headers.authorization) }),
  },
};
const server = createServer();
server.on("error", (error) => console.error(error));
const instance = postgraphile(preset);
await instance.createServ(grafserv).addTo(server);
if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import("graphql");
  console.log(printSchema((await instance.getSchemaResult()).schema));
}
server.listen(Number(process.env.PORT), "127.0.0.1");
