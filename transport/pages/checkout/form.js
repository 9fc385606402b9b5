/** The form that asks what is to be paid. */
import { ask } from './graph.js';
import { sum, written } from './money.js';
import { PRODUCTS, SESSIONS } from './operations.js';

const MAX_QUANTITY = 100;
const byId = (id) => document.getElementById(id);

/** Makes an element, with text that is never markup. */
export function make(tag, values = {}, ...children) {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...children);
  return made;
}

export class Form {
  #listings = [];
  #form = byId('form');
  #currency;

  constructor(currency) {
    this.#currency = currency;
    this.#form.currency.value = currency;
    this.#form.addEventListener('input', () => this.#refresh());
  }

  get kind() {
    return this.#form.kind.value;
  }

  /** Lists what there is to buy, and the sessions of whoever is signed in. */
  async fill(token) {
    await Promise.all([this.#fillProducts(token), this.#fillSessions(token)]);
    this.#refresh();
  }

  /** The input of `createOrder`. */
  order() {
    return { lines: this.#chosen().map(({ id, quantity }) => ({ listingId: id, quantity })) };
  }

  /** The input of `createPayment`, but for an order. */
  payment() {
    if (this.kind === 'session') return { sessionId: this.#form.sessionId?.value };
    const { value, currency, description } = this.#form;
    return {
      amount: { amount: value.value.trim(), currencyCode: currency.value.trim().toUpperCase() },
      description: description.value,
    };
  }

  async #fillProducts(token) {
    const { products } = await ask(PRODUCTS, { currency: this.#currency }, token);
    const found = products.nodes.filter(({ bestListing }) => bestListing?.price?.currencyCode === this.#currency);
    this.#listings = found.map(({ title, bestListing }) => ({ title, ...bestListing }));
    const lines = this.#listings.map(({ title, price }, index) => {
      const quantity = make('input', { type: 'number', min: 0, max: MAX_QUANTITY, value: index ? 0 : 1, name: 'quantity' });
      quantity.setAttribute('aria-label', `Quantity of ${title}`);
      const name = make('span', { className: 'name', textContent: title, dir: 'auto' });
      return make('div', { className: 'line' }, name, make('span', { className: 'price', textContent: written(price) }), quantity);
    });
    byId('order').replaceChildren(...(lines.length ? lines : [make('p', { textContent: 'There is nothing in stock.' })]));
  }

  async #fillSessions(token) {
    const { viewer } = await ask(SESSIONS, {}, token);
    const choices = (viewer?.sessions?.nodes ?? []).map(({ id, tier, ticket }, index) => {
      const radio = make('input', { type: 'radio', name: 'sessionId', value: id, checked: index === 0 });
      return make('label', { className: 'choice' }, radio, `${ticket.reference}, ${tier.toLowerCase()}`);
    });
    const none = make('p', { className: 'soft', textContent: 'This customer has no support sessions.' });
    byId('session').replaceChildren(...(choices.length ? choices : [none]));
  }

  #chosen() {
    const quantities = [...document.querySelectorAll('[name=quantity]')].map((input) => Math.max(0, Math.trunc(input.value)));
    return this.#listings.map((listing, index) => ({ ...listing, quantity: quantities[index] })).filter((line) => line.quantity);
  }

  #refresh() {
    for (const kind of ['order', 'session', 'amount']) byId(kind).hidden = kind !== this.kind;
    const totals = {
      order: () => (this.#chosen().length ? written(sum(this.#chosen())) : '–'),
      session: () => 'the price of its tier',
      amount: () => `${this.#form.currency.value.toUpperCase()}\u00a0${this.#form.value.value}`,
    };
    byId('total').textContent = totals[this.kind]();
    const ready = { order: () => this.#chosen().length, session: () => this.#form.sessionId, amount: () => true };
    byId('begin').disabled = !ready[this.kind]();
  }
}
