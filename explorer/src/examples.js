const documents = import.meta.glob('../examples/*.graphql', { eager: true, query: '?raw', import: 'default' });
const variables = import.meta.glob('../examples/*.json', { eager: true, query: '?raw', import: 'default' });

/** The files of `examples/` in the order of their numbers. */
export const examples = Object.keys(documents)
  .sort()
  .map((path) => ({
    ...describe(documents[path]),
    query: documents[path],
    variables: variables[path.replace(/\.graphql$/, '.json')]?.trim() ?? '',
    ...operation(documents[path]),
  }));

/** Reads the comment at the top: a title, a description up to the first empty line, and `persona: USERNAME`. */
function describe(document) {
  const comment = document.match(/^(#.*\n)+/)?.[0] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^#\s*/, '').trim());
  const persona = lines.map((line) => line.match(/^persona:\s*(\S+)/)?.[1]).find(Boolean);
  const end = lines.findIndex((line) => !line || line.startsWith('persona:'));
  const [title, ...description] = lines.slice(0, end);
  return { title, description: description.join(' '), persona };
}

function operation(document) {
  const [, kind, name] = document.match(/^(query|mutation|subscription)\s+(\w+)/m);
  return { operationName: name, kind };
}
