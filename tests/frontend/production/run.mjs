// Real clients against the server in production mode, with a stand-in for Clerk: in Node and, cross-origin, in a browser.
import { build } from 'esbuild';
import { WebSocket } from 'ws';

import { startClerk } from './clerk.mjs';
import { person } from './people.mjs';
import { startServer } from './server.mjs';
import { startSite } from './site.mjs';

const HOST = 'api.shop.example';
const TESTS = process.argv.length > 2 ? process.argv.slice(2) : ['apollo', 'urql', 'sockets', 'persisted', 'browser'];

globalThis.WebSocket ??= WebSocket; // Node has none before version 22

await build({
  entryPoints: TESTS.map((name) => `production/${name}.mjs`),
  outdir: 'out/production',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});

const running = [];
try {
  const pages = await start(startSite(['apollo', 'relay']));
  const site = `http://shop.example:${pages.port}`;
  const clerk = await start(startClerk(site));
  const server = await start(startServer({ issuer: clerk.issuer, site, host: HOST }));
  running.unshift({ stop: () => process.exitCode && console.error(server.log()) });
  const { graph } = server;
  const world = { graph, graphOfPages: graph.replace('127.0.0.1', HOST), site, token: clerk.token, as: person(graph, clerk.token) };
  for (const name of TESTS) {
    const { test } = await import(`../out/production/${name}.mjs`);
    const began = Date.now();
    await test(world);
    console.log(`${name}: works in production mode (${((Date.now() - began) / 1_000).toFixed(1)} s)`);
  }
} catch (error) {
  process.exitCode = 1;
  console.error(error);
} finally {
  for (const { stop } of running) await stop();
}

/** Remembers what has been started, to end it in the end. */
async function start(promise) {
  const started = await promise;
  running.unshift(started);
  return started;
}
