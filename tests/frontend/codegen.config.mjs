/** A typed client for the examples, as a front end would generate it. */
export default {
  schema: '../../schema.graphql',
  documents: ['../../explorer/examples/*.graphql'],
  generates: {
    './out/codegen/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
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
      },
    },
  },
};
