/** What the tests of all clients do: somebody sends a request, and they wait for what comes of it. */
const WAIT_MILLISECONDS = 20_000;
const SUBMIT = 'mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } userErrors { message } } }';

/** Gives a function that sends an operation as somebody, with a token of a minute. */
export const person = (graph, token) => (username) => async (query, variables) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token(username)}` };
  const response = await fetch(graph, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};

export async function submitTicket(send, description) {
  const { submitTicket } = await send(SUBMIT, { input: { description, name: 'Omar', phoneNumber: '+971501234567' } });
  if (!submitTicket.ticket) throw new Error(JSON.stringify(submitTicket.userErrors));
  return submitTicket.ticket.id;
}

export async function until(happens, what) {
  const deadline = Date.now() + WAIT_MILLISECONDS;
  while (!(await happens())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
