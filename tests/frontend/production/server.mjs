// The server as it is deployed: ENVIRONMENT=production, over the database of a server with demo data that runs already.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const python = `${root}.venv/bin/python`;
const WAIT_MILLISECONDS = 60_000;
const FIND_DATABASE = 'from database import local; from settings import Settings; print(local.known_url(Settings()) or "")';

/** Starts it on a free port; `host` is the name by which browsers reach it. */
export async function startServer({ issuer, site, host }) {
  const port = await freePort();
  const child = spawn(python, ['server.py', 'serve'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ENVIRONMENT: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: `http://${host}:${port}`,
      DATABASE_URL: databaseUrl(),
      SECRET_KEY: randomBytes(32).toString('hex'),
      CLERK_ISSUER: issuer,
      CLERK_AUTHORIZED_PARTIES: site,
      CLERK_WEBHOOK_SECRETS: `whsec_${randomBytes(24).toString('base64')}`,
      CORS_ORIGINS: site,
      SHUTDOWN_DRAIN_SECONDS: '0',
      TICKETS_PER_HOUR_AND_ADDRESS: '1000', // all clients have one address and one number here
      TICKETS_PER_HOUR_AND_PHONE: '1000',
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
  const ended = once(child, 'exit');
  const address = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  };
  try {
    await untilReady(address, child);
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${log}`);
  }
  return { address, port, graph: `${address}/graphql`, log: () => log, stop };
}

function databaseUrl() {
  const { stdout, stderr } = spawnSync(python, ['-c', FIND_DATABASE], { cwd: root, encoding: 'utf8' });
  if (!stdout.trim()) throw new Error(`Start a server with demo data first (make serve), with the same DATA_FOLDER. ${stderr}`);
  return stdout.trim();
}

async function freePort() {
  const socket = createServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

async function untilReady(address, child) {
  const deadline = Date.now() + WAIT_MILLISECONDS;
  while (child.exitCode === null && Date.now() < deadline) {
    const response = await fetch(`${address}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The server in production mode did not start.');
}
