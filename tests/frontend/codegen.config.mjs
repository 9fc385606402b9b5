/** A typed client for GraphiQL's examples. */
import example from './example/codegen.mjs';

const { config } = example.generates['./graphql/'];

export default {
  schema: '../../schema.graphql',
  documents: ['../../explorer/examples/*.graphql'],
  generates: { './out/codegen/': { preset: 'client', presetConfig: { fragmentMasking: false }, config } },
};
