export default {
  schema: '../../../schema.graphql', // from the repository: production does not answer introspection
  documents: ['*.tsx'],
  generates: {
    './graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        strictScalars: true,
        useTypeImports: true,
        nonOptionalTypename: true, // as Apollo's cache has it
        skipTypeNameForRoot: true,
        scalars: {
          CurrencyCode: 'string',
          DateTime: 'string',
          Decimal: 'string',
          EmailAddress: 'string',
          LanguageTag: 'string',
          PhoneNumber: 'string',
          URL: 'string',
        },
      },
    },
    './graphql/possible-types.ts': { plugins: ['fragment-matcher'] },
    // For urql's Graphcache only:
    './graphql/schema.json': { plugins: ['introspection'], config: { descriptions: false, minify: true } },
  },
};
