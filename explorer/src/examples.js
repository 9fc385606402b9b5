import { parse, visit } from 'graphql';

import { fillIn } from './config.js';

const documents = import.meta.glob('../examples/*.graphql', { eager: true, query: '?raw', import: 'default' });
const variables = import.meta.glob('../examples/*.json', { eager: true, query: '?raw', import: 'default' });

/** The files of `examples/` in the order of their numbers. */
export const examples = Object.keys(documents)
  .sort()
  .map((path) => ({
    ...describe(documents[path]),
    query: documents[path],
    variables: fillIn(variables[path.replace(/\.graphql$/, '.json')]?.trim() ?? ''),
    ...operation(documents[path]),
  }));

/** Those with every word in their title, description, kind, persona or fields; where the title has it come first. */
export function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = examples.filter((example) => words.every((word) => haystack(example).includes(word)));
  const isTitled = ({ title }) => words.every((word) => title.toLowerCase().includes(word));
  return words.length ? [...found.filter(isTitled), ...found.filter((example) => !isTitled(example))] : found;
}

/** Reads the comment at the top: a title, a description, and marks such as `persona: USERNAME`. */
function describe(document) {
  const comment = document.match(/^(#.*\n)+/)?.[0] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^#\s*/, '').trim());
  const marks = Object.fromEntries(lines.map((line) => line.match(/^(persona|error|again): (\w+)$/)?.slice(1)).filter(Boolean));
  const end = lines.findIndex((line) => !line || /^(persona|error|again): /.test(line));
  const [title, ...description] = lines.slice(0, end);
  return { title, description: description.join(' '), ...marks };
}

function operation(document) {
  const [, kind, name] = document.match(/^(query|mutation|subscription)\s+(\w+)/m);
  return { operationName: name, kind };
}

/** What the search looks through; the fields are read when somebody first searches. */
function haystack(example) {
  example.haystack ??= [example.title, example.description, example.kind, example.persona, ...fieldsOf(example.query)].join('\n').toLowerCase();
  return example.haystack;
}

function fieldsOf(query) {
  const names = new Set();
  visit(parse(query), { Field: ({ name }) => void names.add(name.value) });
  return names;
}
