import GraphQLWorker from 'monaco-graphql/esm/graphql.worker.js?worker';
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker';
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker';

const JSON_EDITORS = '.graphiql-editor-tool';

/** The workers of the editors. That for JSON is loaded when somebody is about to type some. */
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    if (label === 'json') return focused(JSON_EDITORS).then(() => new JsonWorker());
    return label === 'graphql' ? new GraphQLWorker() : new EditorWorker();
  },
};

function focused(selector) {
  return new Promise((resolve) => {
    function look({ target }) {
      if (!target.closest?.(selector)) return;
      document.removeEventListener('focusin', look);
      resolve();
    }
    document.addEventListener('focusin', look);
  });
}
