/** Reading session tokens; nothing here sends one anywhere. */

/** The token in the headers, given as an object; empty without one. */
export function tokenOf(headers) {
  const [, value] = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return typeof value === 'string' ? value.replace(/^Bearer\s+/i, '').trim() : '';
}

/** The header and the claims of a token, or the sentence that says what is wrong with it. */
export function decode(token) {
  const parts = token.split('.');
  if (parts.length !== 3) return { problem: `A token has three parts with dots between them; this one has ${parts.length}.` };
  const read = ['header', 'payload'].map((name, place) => {
    try {
      const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(parts[place])));
      return value && typeof value === 'object' && !Array.isArray(value) ? value : null;
    } catch {
      return null;
    }
  });
  if (!read[0]) return { problem: 'The first part is not a JSON object in base64url.' };
  if (!read[1]) return { header: read[0], problem: 'The second part is not a JSON object in base64url.' };
  const [header, claims] = read;
  const now = Date.now() / 1_000;
  if (typeof claims.exp !== 'number') return { header, claims, problem: 'It has no claim `exp`, so the server refuses it.' };
  if (claims.exp <= now) return { header, claims, problem: `It expired ${ago(now - claims.exp)} ago, so the server refuses it.` };
  if (claims.nbf > now + 5) return { header, claims, problem: `It is valid only in ${ago(claims.nbf - now)}.` };
  return { header, claims };
}

/** When the token in the headers expires, in milliseconds; undefined where that cannot be read. */
export function expiry(headers) {
  const { claims } = decode(tokenOf(headers));
  return typeof claims?.exp === 'number' ? claims.exp * 1_000 : undefined;
}

/** A time as people say it: `23 h 12 min`, `4 min 10 s`, `2 h`. */
export function ago(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const units = [
    ['d', Math.floor(whole / 86_400)],
    ['h', Math.floor(whole / 3_600) % 24],
    ['min', Math.floor(whole / 60) % 60],
    ['s', whole % 60],
  ];
  const first = units.findIndex(([, count]) => count);
  return first < 0 ? '0 s' : units.slice(first, first + 2).filter(([, count]) => count).map(([unit, count]) => `${count} ${unit}`).join(' ');
}

export function fromBase64url(text) {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function toBase64url(bytes) {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
