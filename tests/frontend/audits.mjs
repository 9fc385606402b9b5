// GraphQL over HTTP to the letter: every one of the public audits, warnings included.
import { serverAudits } from 'graphql-http';

import { graph } from './server.mjs';

const EXPECTED = 61;

const audits = serverAudits({ url: graph, fetchFn: fetch });
const results = [];
for (const audit of audits) results.push(await audit.fn());

const unmet = results.filter((result) => result.status !== 'ok');
for (const { id, name, status, reason, response } of unmet) {
  console.error(`${status}  ${id}  ${name}\n      ${reason} (status ${response?.status}, ${response?.headers.get('content-type')})`);
}
console.log(`${results.length - unmet.length} of ${EXPECTED} audits are ok at ${graph}`);
process.exitCode = unmet.length === 0 && results.length === EXPECTED ? 0 : 1;
