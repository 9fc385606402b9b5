/** Paying: Razorpay's own Checkout where the server has keys, a dialog of the sandbox where it has none. */
const SANDBOX = '/sandbox/razorpay';
const SCRIPT = 'https://checkout.razorpay.com/v1/checkout.js';
const LATE_MILLISECONDS = 3_000;

/**
 * Opens Checkout. Gives what it hands over when somebody has paid, `{ failed }` with a sentence when they could not, or null
 * when they have closed it.
 */
export async function open(checkout, { sandbox, dialog, note }) {
  return sandbox ? openSandbox(checkout, dialog, note) : openRazorpay(checkout);
}

async function openRazorpay(checkout) {
  await load();
  return new Promise((resolve) => {
    let failed = null;
    const opened = new window.Razorpay({
      key: checkout.keyId,
      order_id: checkout.orderId,
      amount: checkout.amount,
      currency: checkout.currency,
      name: checkout.name,
      description: checkout.description ?? undefined,
      prefill: {
        name: checkout.prefillName ?? '',
        email: checkout.prefillEmail ?? '',
        contact: checkout.prefillContact ?? '',
      },
      handler: resolve,
      modal: { ondismiss: () => resolve(failed) },
    });
    opened.on('payment.failed', ({ error }) => (failed = { failed: error.description })); // Checkout offers to try again
    opened.open();
  });
}

function load() {
  if (window.Razorpay) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = SCRIPT;
    script.onload = resolve;
    script.onerror = () => reject(new Error('Razorpay Checkout could not be loaded.'));
    document.head.append(script);
  });
}

async function openSandbox(checkout, dialog, note) {
  const outcome = await chosen(dialog);
  if (!outcome) return null;
  const late = outcome === 'late' || outcome === 'authorized';
  const first = outcome === 'late' ? 'failed' : outcome;
  const paid = await send('/checkout', { key: checkout.keyId, order_id: checkout.orderId, outcome: first });
  if (late) {
    const id = paid.razorpay_payment_id ?? paid.error.metadata.payment_id;
    note(outcome === 'late' ? 'The bank will authorize it in 3 seconds.' : 'It will be captured in 3 seconds.');
    setTimeout(() => send(`/checkout/${id}`, { key: checkout.keyId, status: 'captured' }), LATE_MILLISECONDS);
  }
  return paid.error ? { failed: paid.error.description } : paid;
}

function chosen(dialog) {
  return new Promise((resolve) => {
    dialog.returnValue = '';
    dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true });
    dialog.showModal();
  });
}

async function send(path, body) {
  const response = await fetch(SANDBOX + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.description ?? `The sandbox answered with status ${response.status}.`);
  return answer;
}
