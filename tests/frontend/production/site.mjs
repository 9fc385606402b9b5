// The front end's own site: pages that esbuild has bundled, on a port of their own.
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const HTML = (name) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" />
  <link rel="icon" href="data:," />
  <title>${name}</title>
  <div id="root"></div>
  <script type="module" src="/${name}.js"></script>
</html>`;

const TAG = /graphql`\s*(?:query|fragment|mutation|subscription) (\w+)[^`]*`/g;

/** Puts what relay-compiler has generated in the place of each `graphql` tag, as its Babel plugin does. */
const relay = {
  name: 'relay',
  setup: (bundle) =>
    bundle.onLoad({ filter: /\/relay\/\w+\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const imports = [...text.matchAll(TAG)].map(([, name]) => `import ${name} from '../out/relay/${name}.graphql';\n`);
      return { contents: imports.join('') + text.replace(TAG, '$1'), loader: 'ts' };
    }),
};

/** Listens on a free port; `names` are those of the pages. */
export async function startSite(names) {
  const { outputFiles } = await build({
    entryPoints: names.map((name) => `production/pages/${name}.jsx`),
    outdir: 'out/pages',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' }, // so that React and the clients warn
    alias: { '@clerk/react': fileURLToPath(new URL('pages/clerk.jsx', import.meta.url)) },
    plugins: [relay],
    logLevel: 'warning',
  });
  const scripts = new Map(names.map((name, index) => [`/${name}.js`, outputFiles[index].contents]));
  const listener = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    const script = scripts.get(pathname);
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ?? HTML(pathname.slice(1)));
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  return { port: listener.address().port, stop: () => (listener.close(), listener.closeAllConnections()) };
}
