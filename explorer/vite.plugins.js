import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const COMPRESSIBLE = /\.(js|css|svg|ttf|json)$/;
const MIN_BYTES = 1_024;
/** Of Brotli; the highest, 11, saves 2 % more and takes twice as long. */
const QUALITY = 10;
const DATA_FONT = /url\(["']?data:(?:application|font)\/[\w-]+;base64,([A-Za-z0-9+/=]+)["']?\)\s*format\(["']?(\w+)["']?\)/g;
const ENDINGS = { truetype: 'ttf', woff: 'woff', woff2: 'woff2' };

/** What Monaco can do for other languages and other uses than GraphQL and JSON with one version of a text. */
const UNUSED = [
  'editor/browser/widget/diffEditor/diffEditor.contribution',
  'editor/contrib/codelens/',
  'editor/contrib/colorPicker/',
  'editor/contrib/diffEditorBreadcrumbs/',
  'editor/contrib/documentSymbols/',
  'editor/contrib/dropOrPasteInto/',
  'editor/contrib/inlayHints/',
  'editor/contrib/inlineCompletions/',
  'editor/contrib/inlineEdit/',
  'editor/contrib/inlineEdits/',
  'editor/contrib/linkedEditing/',
  'editor/contrib/rename/',
  'editor/contrib/sectionHeaders/',
  'editor/contrib/semanticTokens/',
  'editor/contrib/stickyScroll/',
  'editor/contrib/suggest/browser/suggestInlineCompletions',
  'editor/standalone/browser/inspectTokens/',
  'editor/standalone/browser/quickAccess/standaloneGotoSymbolQuickAccess',
  'editor/standalone/browser/referenceSearch/',
  'editor/standalone/browser/toggleHighContrast/',
];
const LISTS = /monaco-editor\/esm\/vs\/editor\/(editor\.all|edcore\.main)\.js$/;
const DIFFS = /\/(diffEditorWidget|multiDiffEditorWidget)\.js$/;
const EMPTY = '\0nothing';
const EMPTY_CODE = 'export class DiffEditorWidget {} export class MultiDiffEditorWidget {}';

/** Leaves out what Monaco's lists of all its contributions name and nobody uses here, and the editors of differences. */
export const smallMonaco = () => ({
  name: 'small-monaco',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!importer?.includes('/monaco-editor/esm/')) return null;
    if (DIFFS.test(source)) return EMPTY;
    if (!LISTS.test(importer)) return null;
    const path = new URL(source, `file://${importer}`).pathname;
    return UNUSED.some((part) => path.includes(`/esm/vs/${part}`)) ? EMPTY : null;
  },
  load: (id) => (id === EMPTY ? EMPTY_CODE : null),
});

/** Makes files of the fonts that libraries have in their style sheets, so that a browser loads those alone that it shows. */
export const separateFonts = () => ({
  name: 'separate-fonts',
  enforce: 'post',
  generateBundle(_, bundle) {
    const known = new Map();
    for (const file of Object.values(bundle)) {
      if (file.type === 'asset' && /\.(ttf|woff2?)$/.test(file.fileName)) known.set(digestOf(file.source), file.fileName);
    }
    for (const sheet of Object.values(bundle).filter((file) => file.fileName.endsWith('.css'))) {
      sheet.source = String(sheet.source).replace(DATA_FONT, (_all, data, format) => {
        const source = Buffer.from(data, 'base64');
        const digest = digestOf(source);
        if (!known.has(digest)) {
          const fileName = `assets/font-${digest}.${ENDINGS[format]}`;
          this.emitFile({ type: 'asset', fileName, source });
          known.set(digest, fileName);
        }
        return `url(${known.get(digest).replace('assets/', './')})format("${format}")`;
      });
    }
  },
});

const digestOf = (source) => createHash('sha256').update(source).digest('hex').slice(0, 8);

/** Writes FILE.br and FILE.gz beside each file that gets smaller by it. The server sends them. */
export const compressed = () => ({
  name: 'compressed',
  apply: 'build',
  async writeBundle({ dir }, bundle) {
    const files = Object.keys(bundle).filter((name) => COMPRESSIBLE.test(name));
    await Promise.all(files.map((name) => compress(join(dir, name))));
  },
});

async function compress(file) {
  const content = await readFile(file);
  if (content.length < MIN_BYTES) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params }));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
}
