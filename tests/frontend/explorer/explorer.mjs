/** What people do with GraphiQL: open it, choose a persona or an example, run an operation, read the answer. */
import assert from 'node:assert/strict';

import { graph } from '../server.mjs';

const EDITORS = {
  query: '.graphiql-query-editor',
  variables: '.graphiql-editor-tool .graphiql-editor:not(.hidden)',
  headers: '.graphiql-editor-tool .graphiql-editor:not(.hidden)',
  response: '.graphiql-response',
};

/** A request of the user, not the one in which GraphiQL asks for the schema. */
export const isOperation = (request) =>
  request.url().endsWith('/graphql') && request.method() === 'POST' && !request.postData().includes('IntrospectionQuery');

export const squeezed = (text) => text.replace(/\s/g, '');

/** An answer as the response pane shows it: what the server reports of its execution is shown below it. */
function withoutReport({ extensions: { execution, ...extensions } = {}, ...answer }) {
  return Object.keys(extensions).length ? { ...answer, extensions } : answer;
}

export class Explorer {
  constructor(page, size) {
    this.page = page;
    this.size = size;
  }

  /** Opens the page, with the editors in sight: on a phone, the first screen would cover them. */
  async open(url = graph) {
    await this.arrive(url);
    if (this.size === 'phone') await this.closeStart();
  }

  /** Opens the page as it is the first time, and waits for the answer to the welcome query. */
  async arrive(url = graph) {
    await this.page.goto(url);
    await this.answered();
  }

  async answered() {
    await this.until(async () => (await this.textOf('response')).startsWith('{"data":{"viewer":'), 'the welcome query is answered');
  }

  async closeStart() {
    await this.page.getByRole('button', { name: 'Close the first screen' }).click();
  }

  choosePersona(username) {
    return this.page.getByLabel('Persona').selectOption(username);
  }

  /** Opens an example by its title, with the keyboard alone. */
  async chooseExample(title) {
    await this.page.getByRole('button', { name: 'Examples' }).press('Enter');
    const search = this.page.getByRole('combobox', { name: 'Search examples' });
    await search.fill(title);
    await this.page.getByRole('option', { selected: true }).getByText(title, { exact: true }).waitFor();
    await search.press('Enter');
    await search.waitFor({ state: 'detached' });
  }

  /** Opens a tab and types an operation with a name into it. */
  async type(operation) {
    await this.page.getByLabel('New tab').click();
    await this.page.locator(`${EDITORS.query} .monaco-editor`).click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(operation);
    await this.page.getByRole('button', { name: operation.match(/\w+\s+(\w+)/)[1], exact: true }).waitFor();
  }

  /** Replaces the headers of the tab. */
  async typeHeaders(text) {
    if (this.size === 'phone') await this.page.getByRole('button', { name: 'Query', exact: true }).click();
    await this.page.locator('.graphiql-editor-tools [data-name="headers"]').click();
    await this.page.locator(`${EDITORS.headers} .monaco-editor`).click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
    await this.page.keyboard.press('Control+Shift+End');
    await this.page.keyboard.press('Delete'); // the brackets that the editor closes by itself
  }

  get executeButton() {
    return this.page.getByRole('button', { name: /^Execute query/ });
  }

  run() {
    return this.answerTo(() => this.executeButton.click());
  }

  /** The server's answer to what `press` sends, once the response pane shows it. */
  async answerTo(press) {
    const arrives = this.page.waitForResponse((response) => isOperation(response.request()));
    await press();
    const response = await arrives;
    const answer = withoutReport(await response.json());
    assert.equal(response.status(), 200, JSON.stringify(answer));
    await this.until(async () => {
      const shown = await this.textOf('response');
      return shown.length > 10 && squeezed(JSON.stringify(answer)).startsWith(shown);
    }, 'the response pane shows the answer');
    return answer;
  }

  /** The lines of an editor that are in sight, top down, without white space: Monaco draws no others, and wraps them. */
  async textOf(editor) {
    const lines = this.page.locator(EDITORS[editor]).locator('.view-line');
    const texts = await lines.evaluateAll((found) =>
      found.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).map((line) => line.textContent),
    );
    return squeezed(texts.join(''));
  }

  async until(happens, what) {
    const deadline = Date.now() + 30_000;
    while (!(await happens())) {
      assert.ok(Date.now() < deadline, `waited in vain until ${what}`);
      await this.page.waitForTimeout(50);
    }
  }
}
