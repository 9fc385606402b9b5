/** The page: what is to be paid, then the payment, live until it is settled. */
import { Form, make } from './form.js';
import { ask, change, follow } from './graph.js';
import { written } from './money.js';
import { CREATE_ORDER, CREATE_PAYMENT, FIND, UPDATES, VERIFY } from './operations.js';
import { open } from './provider.js';

const config = JSON.parse(document.getElementById('clientele-config').textContent);
const byId = (id) => document.getElementById(id);
const GOOD = new Set(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED']);
const TITLES = {
  PENDING: 'Not paid yet', AUTHORIZED: 'Authorized, not captured yet', COMPLETED: 'Paid', FAILED: 'Failed',
  PARTIALLY_REFUNDED: 'Refunded in part', REFUNDED: 'Refunded',
};

const form = new Form(config.currency);
let following = new AbortController();
let shown = null;
/** Of the request that begins a payment: sent again with it until there is an answer. */
let key = newKey();
let ordered = null;

const persona = () => config.personas.find(({ username }) => username === byId('persona').value);
const token = () => persona()?.token;

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Does something that a button asks for: once at a time, and with its problem in sight. */
async function attempt(button, work) {
  byId('problem').hidden = true;
  button.disabled = true;
  try {
    await work();
  } catch (problem) {
    byId('problem').textContent = problem.message;
    byId('problem').hidden = false;
  } finally {
    button.disabled = false;
  }
}

async function begin() {
  const input = form.kind === 'order' ? { orderId: await order() } : form.payment();
  const { payment, checkout } = await change(CREATE_PAYMENT, { ...input, idempotencyKey: `${key}-payment` }, token());
  key = newKey();
  ordered = null;
  start(payment);
  note('The payment was begun.');
  if (checkout) await attempt(byId('pay'), () => pay(checkout));
}

async function order() {
  ordered ??= (await change(CREATE_ORDER, { ...form.order(), idempotencyKey: `${key}-order` }, token())).order.id;
  return ordered;
}

/** What Checkout needs for a payment that was begun earlier. */
function again(payment) {
  const { amount, currencyCode } = payment.amount;
  return { keyId: config.keyId, orderId: payment.razorpayOrderId, amount: Number(amount.replace('.', '')), currency: currencyCode, name: config.shop };
}

async function pay(checkout) {
  byId('bank-sum').textContent = written(shown.amount);
  byId('bank-what').textContent = checkout.description ?? '';
  const paid = await open(checkout, { sandbox: config.sandbox, dialog: byId('bank'), note });
  if (!paid) return note('Checkout was closed without a payment.');
  if (paid.failed) return note(`The attempt to pay has failed: ${paid.failed}`);
  note('Checkout says that it is paid. Asking the server to verify it …');
  const input = {
    razorpayOrderId: paid.razorpay_order_id,
    razorpayPaymentId: paid.razorpay_payment_id,
    razorpaySignature: paid.razorpay_signature,
  };
  show((await change(VERIFY, input, token())).payment, 'verified');
}

/** Shows a payment from its beginning, and follows it. */
function start(payment) {
  following.abort();
  following = new AbortController();
  const address = new URL(location);
  address.searchParams.set('payment', payment.id);
  address.searchParams.set('persona', byId('persona').value);
  history.replaceState(null, '', address);
  byId('steps').replaceChildren();
  byId('choose').hidden = true;
  byId('payment').hidden = false;
  shown = null;
  show(payment);
  byId('payment-title').tabIndex = -1;
  byId('payment-title').focus();
  follow(UPDATES, { id: payment.id }, token(), {
    signal: following.signal,
    onData: ({ paymentUpdated }) => show(paymentUpdated, 'live'),
    onState: async (connected) => {
      byId('dot').classList.toggle('on', connected);
      byId('live').textContent = connected ? 'Live: changes appear as they happen' : 'Connecting again …';
      if (connected) show((await ask(FIND, { id: payment.id }, token())).payment); // what was missed meanwhile
    },
  });
}

function show(payment, source) {
  const changed = !shown || shown.status !== payment.status || shown.receipt?.number !== payment.receipt?.number;
  const old = shown && GOOD.has(shown.status) && !GOOD.has(payment.status); // an answer that was overtaken by an event
  if (old) return;
  shown = payment;
  const status = byId('status');
  status.textContent = TITLES[payment.status] ?? payment.status;
  status.className = `status ${GOOD.has(payment.status) ? 'good' : payment.status === 'FAILED' ? 'bad' : ''}`;
  byId('sum').textContent = written(payment.amount);
  byId('what').textContent = subject(payment);
  byId('pay').hidden = !payment.razorpayOrderId || !['PENDING', 'FAILED'].includes(payment.status);
  byId('receipt').hidden = !payment.receipt;
  if (payment.receipt) byId('receipt').href = payment.receipt.url;
  if (changed && source) {
    const reason = payment.status === 'FAILED' && payment.failureReason ? ` (${payment.failureReason})` : '';
    note(`${source === 'live' ? 'Live' : 'Answer of the server'}: ${payment.status}${reason}`);
  }
}

function subject({ order, session, description }) {
  if (order) return `Order ${order.number}: ${order.lines.map(({ quantity, title }) => `${quantity} × ${title}`).join(', ')}`;
  return session ? `Support session, ${session.tier.toLowerCase()}` : (description ?? '');
}

function note(text) {
  const now = new Date();
  const time = make('time', { dateTime: now.toISOString(), textContent: now.toLocaleTimeString('en-GB') });
  byId('steps').append(make('li', {}, time, make('span', { textContent: text })));
  byId('announce').textContent = text;
}

async function choose() {
  following.abort();
  history.replaceState(null, '', `${location.pathname}?persona=${encodeURIComponent(byId('persona').value)}`);
  byId('payment').hidden = true;
  byId('choose').hidden = false;
  key = newKey();
  ordered = null;
  await form.fill(token());
}

byId('mode').textContent = config.sandbox
  ? `${config.shop}: development, with the sandbox in the place of Razorpay`
  : `${config.shop}: development, with Razorpay Checkout and the key ${config.keyId}`;
byId('persona').append(...config.personas.map(({ username, description }) => make('option', { value: username, textContent: `${username}, ${description}` })));
const parameters = new URLSearchParams(location.search);
if (config.personas.some(({ username }) => username === parameters.get('persona'))) byId('persona').value = parameters.get('persona');

byId('persona').addEventListener('change', () => attempt(byId('begin'), choose));
byId('form').addEventListener('input', () => ((key = newKey()), (ordered = null)));
byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(byId('begin'), begin);
});
byId('pay').addEventListener('click', () => attempt(byId('pay'), () => pay(again(shown))));
byId('another').addEventListener('click', () => attempt(byId('begin'), choose));

await attempt(byId('begin'), async () => {
  if (!config.personas.length) throw new Error('There is nobody to sign in as: load the demo data, and leave DEVELOPMENT_TOKENS on.');
  const id = parameters.get('payment');
  const found = id && (await ask(FIND, { id }, token())).payment;
  if (id && !found) throw new Error('There is no such payment, or this customer cannot see it.');
  await (found ? start(found) : choose());
});
