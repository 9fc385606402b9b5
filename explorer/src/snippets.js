/** The current operation as text that runs where it is pasted. */

export const VARIABLE = 'CLIENTELE_TOKEN';

/** `request` has url, query, variables, operationName, headers, token and kind; `isSecret` leaves the token out. */
export function curl(request, isSecret) {
  const { url, kind } = request;
  const headers = Object.entries(headersOf(request)).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  if (request.token) headers.push(isSecret ? `-H "Authorization: Bearer $${VARIABLE}"` : `-H ${quoted(`Authorization: Bearer ${request.token}`)}`);
  return [`curl -sS${kind === 'subscription' ? 'N' : ''} ${quoted(url)}`, ...headers, `--data-raw ${quoted(JSON.stringify(bodyOf(request)))}`].join(' \\\n  ');
}

export function fetchCode(request, isSecret) {
  const show =
    request.kind === 'subscription'
      ? `for await (const text of response.body.pipeThrough(new TextDecoderStream())) console.log(text);`
      : `console.log(JSON.stringify(await response.json(), null, 2));`;
  return `const response = await fetch(${JSON.stringify(request.url)}, {
  method: 'POST',
  headers: ${headersCode(request, isSecret)},
  body: JSON.stringify(${indented(bodyCode(request))}),
});
${show}
`;
}

export function typescript(request, isSecret) {
  const { kind, operationName, query, variables } = request;
  const name = kind === 'subscription' ? 'listen' : camel(operationName ?? 'run');
  const document = `/** Typed documents are made by GraphQL Code Generator: see docs/front-ends.md. */
const document = /* GraphQL */ ${template(query)};

type Variables = Record<string, unknown>;
type Failure = { message: string; extensions?: { code?: string; retryable?: boolean } };
type Result<Data> = { data?: Data | null; errors?: Failure[]; extensions?: { resync?: boolean } };
`;
  const call = `variables: Variables = {}`;
  if (kind === 'subscription') {
    return `import { createClient } from 'graphql-sse';

${document}
const client = createClient({
  url: ${JSON.stringify(request.url)},
  headers: async (): Promise<Record<string, string>> => (${indented(headersCode(request, isSecret, true))}),
  retryAttempts: Infinity,
});

export async function* ${name}<Data = unknown>(${call}): AsyncGenerator<Result<Data>> {
  for await (const result of client.iterate({ query: document, variables${nameCode(request)} })) yield result as Result<Data>;
}

for await (const result of ${name}(${object(variables)})) console.log(JSON.stringify(result));
`;
  }
  return `${document}
export async function ${name}<Data = unknown>(${call}): Promise<Data> {
  const response = await fetch(${JSON.stringify(request.url)}, {
    method: 'POST',
    headers: ${indented(headersCode(request, isSecret))},
    body: JSON.stringify({ query: document, variables${nameCode(request)} }),
  });
  const { data, errors } = (await response.json()) as Result<Data>;
  if (errors || !data) throw new Error(errors?.map(({ message }) => message).join('\\n') ?? \`status \${response.status}\`);
  return data;
}

console.log(JSON.stringify(await ${name}(${object(variables)}), null, 2));
`;
}

const bodyOf = ({ query, variables, operationName }) => ({ query, ...(variables && { variables }), ...(operationName && { operationName }) });

function headersOf({ headers, kind }, isLibrary) {
  const own = { 'Content-Type': 'application/json', Accept: kind === 'subscription' ? 'text/event-stream' : 'application/graphql-response+json' };
  return isLibrary ? headers : { ...own, ...headers };
}

function headersCode(request, isSecret, isLibrary) {
  const lines = Object.entries(headersOf(request, isLibrary)).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(String(value))},`);
  if (request.token) lines.push(`  "Authorization": ${isSecret ? `\`Bearer \${process.env.${VARIABLE}}\`` : JSON.stringify(`Bearer ${request.token}`)},`);
  return lines.length ? indented(`{\n${lines.join('\n')}\n}`) : '{}';
}

function bodyCode({ query, variables, operationName }) {
  const lines = [`  query: ${template(query)},`];
  if (variables) lines.push(`  variables: ${indented(object(variables))},`);
  if (operationName) lines.push(`  operationName: ${JSON.stringify(operationName)},`);
  return `{\n${lines.join('\n')}\n}`;
}

const nameCode = ({ operationName }) => (operationName ? `, operationName: ${JSON.stringify(operationName)}` : '');

/** JSON is an expression of JavaScript, but for the one name that would set a prototype. */
const object = (value) => JSON.stringify(value ?? {}, null, 2).replace(/"__proto__":/g, '["__proto__"]:');

/** In single quotes a shell changes nothing; a quote itself is put between two such texts. */
const quoted = (text) => `'${text.replace(/'/g, `'\\''`)}'`;

const template = (text) => `\`${text.replace(/[\\`]|\$(?=\{)/g, '\\$&')}\``;

/** Not inside a template literal, whose lines have to stay. */
function indented(code) {
  let isText = false;
  return code
    .split('\n')
    .map((line, place) => {
      const made = place && !isText ? `  ${line}` : line;
      if ((line.match(/(?<!\\)`/g) ?? []).length % 2) isText = !isText;
      return made;
    })
    .join('\n');
}

const camel = (name) => name[0].toLowerCase() + name.slice(1);
