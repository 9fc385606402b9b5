const SCRIPT = 'https://checkout.razorpay.com/v1/checkout.js';

/** `CreatePaymentPayload.checkout`. */
export interface CheckoutOptions {
  keyId: string;
  orderId: string;
  amount: number;
  currency: string;
  name: string;
  description?: string | null;
  prefillName?: string | null;
  prefillEmail?: string | null;
  prefillContact?: string | null;
}

/** What Razorpay Checkout hands over when somebody has paid. */
export interface Paid {
  razorpay_order_id: string;
  razorpay_payment_id: string;
  razorpay_signature: string;
}

interface Razorpay {
  open(): void;
}

declare global {
  interface Window {
    Razorpay?: new (options: object) => Razorpay;
  }
}

/** Opens Razorpay Checkout. Gives null if it was closed before anything was paid; the customer can try again in it. */
export async function openCheckout(options: CheckoutOptions): Promise<Paid | null> {
  const { Razorpay } = window.Razorpay ? window : await load();
  if (!Razorpay) throw new Error('Razorpay Checkout could not be loaded.');
  return new Promise((resolve) => {
    const { keyId, orderId, amount, currency, name, description, prefillName, prefillEmail, prefillContact } = options;
    new Razorpay({
      key: keyId,
      order_id: orderId,
      amount, // in minor units, as Razorpay wants it
      currency,
      name,
      description: description ?? undefined,
      prefill: { name: prefillName ?? '', email: prefillEmail ?? '', contact: prefillContact ?? '' },
      handler: resolve,
      modal: { ondismiss: () => resolve(null) },
    }).open();
  });
}

function load(): Promise<Window> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = SCRIPT;
    script.onload = () => resolve(window);
    script.onerror = () => reject(new Error('Razorpay Checkout could not be loaded.'));
    document.head.append(script);
  });
}
