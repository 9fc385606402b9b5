/** A link that opens a tab with an operation. It is in the fragment, which browsers do not send to any server. */
import { fromBase64url, toBase64url } from './token.js';

const MARK = '#share=';
/** Chats and mails cut longer ones. */
export const MAX_LINK_CHARS = 8_000;
const MAX_TEXT_BYTES = 100_000;

/** The link, or the sentence that says why there is none. It never has headers or tokens. */
export async function makeLink({ query, variables, operationName, persona }) {
  const text = JSON.stringify({ query, variables, operationName, persona });
  const packed = await through(new TextEncoder().encode(text), new CompressionStream('deflate-raw'), Infinity);
  const link = location.origin + location.pathname + MARK + toBase64url(packed);
  if (link.length <= MAX_LINK_CHARS) return { link };
  return { problem: `A link would have ${link.length.toLocaleString('en-GB')} characters. More than ${MAX_LINK_CHARS.toLocaleString('en-GB')} are cut off by many programs, so send the text itself.` };
}

export const isLink = (fragment) => fragment.startsWith(MARK);

/** The operation of a link; null for whatever was not made by `makeLink`. */
export async function readLink(fragment) {
  try {
    if (fragment.length > MAX_LINK_CHARS) return null;
    const bytes = await through(fromBase64url(fragment.slice(MARK.length)), new DecompressionStream('deflate-raw'), MAX_TEXT_BYTES);
    const { query, variables, operationName, persona } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const isText = (value) => value === undefined || typeof value === 'string';
    if (typeof query !== 'string' || !query.trim() || ![variables, operationName, persona].every(isText)) return null;
    return { query, variables: variables ?? '', operationName, persona };
  } catch {
    return null;
  }
}

async function through(bytes, stream, most) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > most) {
      reader.cancel().catch(() => {});
      throw new RangeError('It is too large.');
    }
    parts.push(value);
  }
}
