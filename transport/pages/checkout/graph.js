/** Asking the graph: queries and mutations as JSON, subscriptions as server-sent events. */
const ENDPOINT = '/graphql';

/** What the server said in the place of data, as a sentence. */
export class GraphError extends Error {}

async function post(query, variables, token, accept, signal) {
  const headers = { 'Content-Type': 'application/json', Accept: accept };
  if (token) headers.Authorization = `Bearer ${token}`;
  return fetch(ENDPOINT, { method: 'POST', headers, body: JSON.stringify({ query, variables }), signal });
}

/** Runs a query or a mutation; gives its data. */
export async function ask(query, variables, token) {
  const response = await post(query, variables, token, 'application/graphql-response+json');
  const answer = await response.json().catch(() => null);
  if (!answer?.data || answer.errors) {
    throw new GraphError(answer?.errors?.[0]?.message ?? `The server answered with status ${response.status}.`);
  }
  return answer.data;
}

/** Runs a mutation of one field; gives its payload, or throws the first of its user errors. */
export async function change(query, input, token) {
  const [payload] = Object.values(await ask(query, { input }, token));
  if (payload.userErrors.length) throw new GraphError(payload.userErrors[0].message);
  return payload;
}

/** Follows a subscription until the signal ends it, through interruptions; `onState` learns whether it is connected. */
export async function follow(query, variables, token, { onData, onState, signal }) {
  while (!signal.aborted) {
    try {
      const response = await post(query, variables, token, 'text/event-stream', signal);
      if (!response.ok || !response.body) throw new GraphError(`The server answered with status ${response.status}.`);
      onState(true);
      for await (const event of events(response.body)) {
        if (event.name === 'complete') return;
        const data = JSON.parse(event.data);
        if (data.data) onData(data.data);
      }
    } catch {
      if (signal.aborted) return;
    }
    onState(false);
    await new Promise((resume) => setTimeout(resume, 2_000));
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    let end;
    while ((end = text.indexOf('\n\n')) >= 0) {
      const event = { name: 'message', data: '' };
      for (const line of text.slice(0, end).split('\n')) {
        if (line.startsWith('event:')) event.name = line.slice(6).trim();
        if (line.startsWith('data:')) event.data += line.slice(5).trim();
      }
      text = text.slice(end + 2);
      if (event.data || event.name === 'complete') yield event;
    }
  }
}
