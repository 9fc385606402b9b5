import { getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

/** What the server wrote into the page: coordinates such as `Query.wishlist`, by the name of their area. */
const areas = JSON.parse(document.getElementById('clientele-config').textContent).areas ?? {};

/** What an area shows, in this order; types that only frame others come last. */
export const GROUPS = ['Queries', 'Mutations', 'Subscriptions', 'Types', 'Enums', 'Errors', 'Inputs, payloads and pages'];

/** The areas of a schema: those with queries, mutations or subscriptions, and the others, which have types alone. */
export function areasOf(schema) {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(Boolean);
  const payloads = new Set(fieldsOf(schema.getMutationType()).map((field) => getNamedType(field.type)));
  const names = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith('__'));
  const rest = new Set(names.filter((name) => !roots.some((root) => root.name === name)));

  const found = Object.entries(areas).map(([name, coordinates]) => {
    const groups = new Map(GROUPS.map((group) => [group, []]));
    for (const coordinate of coordinates) {
      const [owner, fieldName] = coordinate.split('.');
      const type = schema.getType(owner);
      rest.delete(coordinate);
      if (!fieldName && type) groups.get(groupOf(type, payloads)).push({ type });
      const field = fieldName && type?.getFields()[fieldName];
      if (field) groups.get(GROUPS[roots.indexOf(type)]).push({ type, field });
    }
    return area(name, groups);
  });
  // Types that the server does not sort, such as those of a schema that has changed since the page was loaded.
  if (rest.size) found.push(area('others', new Map([['Types', [...rest].map((name) => ({ type: schema.getType(name) }))]])));
  const isUsed = ({ groups }) => groups.some(({ name }) => GROUPS.indexOf(name) < 3);
  return [found.filter(isUsed), found.filter((one) => !isUsed(one) && one.groups.length > 0)];
}

function area(name, groups) {
  const words = name.replaceAll('_', ' ');
  const filled = [...groups].map(([group, members]) => ({ name: group, members })).filter(({ members }) => members.length);
  return { name, title: words[0].toUpperCase() + words.slice(1), groups: filled };
}

function groupOf(type, payloads) {
  const has = (name) => fieldsOf(type).some((field) => field.name === name);
  if (isInputObjectType(type) || payloads.has(type)) return 'Inputs, payloads and pages';
  if (isObjectType(type) && (has('pageInfo') || (has('cursor') && has('node')))) return 'Inputs, payloads and pages';
  if (isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'UserError')) return 'Errors';
  return isEnumType(type) ? 'Enums' : 'Types';
}

function fieldsOf(type) {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
}

/** Splits a description in Markdown at its headings of the second level. */
export function chaptersOf(description) {
  const [introduction, ...chapters] = description.split(/^## /m);
  const split = chapters.map((chapter) => {
    const end = chapter.indexOf('\n');
    return { title: chapter.slice(0, end).trim(), text: chapter.slice(end).trim() };
  });
  return { introduction: introduction.trim(), chapters: split };
}
