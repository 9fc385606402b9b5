// A stand-in for Clerk at its HTTP border: an issuer with a key of its own, whose tokens live for a minute.
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const SESSION_TOKEN = 'cl_B7d4PD111AAA'; // in the header `cat` of Clerk's session tokens
const LIFETIME_SECONDS = 60;

/** Listens on a free port. `site` is the front end for which tokens are issued. */
export async function startClerk(site) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = `ins_${createHash('sha256').update(jwk.n).digest('hex').slice(0, 20)}`;
  const keys = JSON.stringify({ keys: [{ ...jwk, kid, use: 'sig', alg: 'RS256' }] });
  const listener = createServer((request, response) => {
    response.writeHead(request.url === '/.well-known/jwks.json' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(request.url === '/.well-known/jwks.json' ? keys : '{}');
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${listener.address().port}`;

  /** What `getToken()` gives to the page of somebody who is signed in; `age` makes it older than it is. */
  function token(username, { age = 0, lifetime = LIFETIME_SECONDS } = {}) {
    const now = Math.floor(Date.now() / 1000) - age;
    const header = { alg: 'RS256', cat: SESSION_TOKEN, kid, typ: 'JWT' };
    const claims = {
      azp: site, exp: now + lifetime, iat: now, iss: issuer, nbf: now - 10, sid: `sess_${randomUUID().replaceAll('-', '')}`,
      sts: 'active', sub: `user_demo_${username}`, v: 2,
    };
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  }

  return { issuer, token, stop: () => listener.close() };
}
