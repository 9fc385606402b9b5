// What a new version may change: nothing that breaks operations of the last released schema, unless CHANGELOG.md names it.
import { readFileSync } from 'node:fs';

import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const root = new URL('../../', import.meta.url);
const read = (name) => readFileSync(new URL(name, root), 'utf8');

/** The paths in backticks under the heading "Breaking" of the version that is not released yet. */
export function announced(changelog) {
  const [, unreleased = ''] = changelog.split(/^## \[Unreleased\].*$/m);
  const [, breaking = ''] = unreleased.split(/^## /m)[0].split(/^### Breaking$/m);
  return new Set([...breaking.split(/^### /m)[0].matchAll(/`([^`]+)`/g)].map((found) => found[1]));
}

/** The changes that break operations and that nobody has announced. */
export async function unannounced(released, current, changelog) {
  const changes = await diff(buildSchema(released), buildSchema(current));
  const known = announced(changelog);
  return changes.filter(({ criticality, path }) => criticality.level === CriticalityLevel.Breaking && !known.has(path));
}

async function checkItself() {
  const before = 'type Query { a: Int b(c: Int): Int }';
  const after = 'type Query { b(c: Int!): Int }';
  const log = '## [Unreleased]: 2\n\n### Breaking\n\n- `Query.a` is gone.\n\n### Added\n\n- `Query.b.c`\n\n## [1]\n';
  const found = (await unannounced(before, after, log)).map(({ path }) => path);
  if (found.join() !== 'Query.b.c') throw new Error(`The check itself is wrong: it found ${found}`);
}

await checkItself();
const found = await unannounced(read('schema.released.graphql'), read('schema.graphql'), read('CHANGELOG.md'));
for (const { message, path } of found) console.error(`breaks operations: ${path}: ${message}`);
if (found.length > 0) {
  console.error('\nDeprecate first (docs/versions.md). If it must be, name each path in CHANGELOG.md, under "### Breaking".');
  process.exitCode = 1;
} else {
  console.log('No operation of the released schema breaks without a word in CHANGELOG.md.');
}
