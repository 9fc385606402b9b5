/** Typed clients, as front ends generate them: of GraphiQL's examples, and of the example in docs/front-ends.md. */
const config = {
  strictScalars: true,
  useTypeImports: true,
  scalars: {
    CurrencyCode: 'string',
    DateTime: 'string',
    Decimal: 'string',
    EmailAddress: 'string',
    LanguageTag: 'string',
    PhoneNumber: 'string',
    URL: 'string',
  },
};
const client = { preset: 'client', presetConfig: { fragmentMasking: false }, config };

export default {
  schema: '../../schema.graphql',
  generates: {
    './out/codegen/': { ...client, documents: ['../../explorer/examples/*.graphql'] },
    './example/graphql/': {
      ...client,
      documents: ['example/*.tsx'],
      config: { ...config, nonOptionalTypename: true, skipTypeNameForRoot: true }, // as Apollo's cache has it
    },
    './example/graphql/possible-types.ts': { plugins: ['fragment-matcher'] },
    './example/graphql/schema.json': { plugins: ['introspection'], config: { descriptions: false, minify: true } },
  },
};
