import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { useState } from 'react';

import { graphql } from './graphql';
import { openCheckout } from './razorpay';

const ORDER = graphql(`
  query OrderToPay($id: ID!) {
    order(id: $id) {
      id
      number
      viewerCanPay
      payments {
        ...PaymentState
      }
    }
  }
`);

const BEGIN = graphql(`
  mutation BeginPayment($orderId: ID!) {
    createPayment(input: { orderId: $orderId }) {
      payment {
        ...PaymentState
        order {
          id
          payments {
            id
          }
        }
      }
      checkout {
        keyId
        orderId
        amount
        currency
        name
        description
        prefillName
        prefillEmail
        prefillContact
      }
      userErrors {
        message
      }
    }
  }
`);

const VERIFY = graphql(`
  mutation VerifyPayment($input: VerifyPaymentInput!) {
    verifyPayment(input: $input) {
      payment {
        ...PaymentState
      }
      userErrors {
        message
      }
    }
  }
`);

const UPDATED = graphql(`
  subscription PaymentUpdated($id: ID!) {
    paymentUpdated(paymentId: $id) {
      ...PaymentState
    }
  }
`);

graphql(`
  fragment PaymentState on Payment {
    id
    status
    failureReason
    order {
      id
      status
      viewerCanPay
    }
    receipt {
      number
      url
    }
  }
`);

/** A button that pays an order, and what has become of its payment, live. */
export function PayOrder({ orderId }: { orderId: string }) {
  const { data, refetch } = useQuery(ORDER, { variables: { id: orderId } });
  const [begin] = useMutation(BEGIN);
  const [verify] = useMutation(VERIFY);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const payment = data?.order?.payments[0];
  useSubscription(UPDATED, {
    variables: { id: payment?.id ?? '' },
    skip: !payment,
    onError: () => void refetch(),
  });

  async function pay() {
    setBusy(true);
    setProblem(undefined);
    try {
      const begun = (await begin({ variables: { orderId } })).data?.createPayment;
      if (!begun?.checkout) return setProblem(begun?.userErrors[0]?.message);
      const paid = await openCheckout(begun.checkout);
      if (!paid) return;
      const input = {
        razorpayOrderId: paid.razorpay_order_id,
        razorpayPaymentId: paid.razorpay_payment_id,
        razorpaySignature: paid.razorpay_signature,
      };
      const verified = (await verify({ variables: { input } })).data?.verifyPayment;
      setProblem(verified?.userErrors[0]?.message);
    } catch {
      setProblem('The connection was lost. Nothing is paid twice: try again.');
    } finally {
      setBusy(false);
    }
  }

  if (!data?.order) return <p>There is no such order.</p>;
  return (
    <section aria-label={`Order ${data.order.number}`}>
      <p role="status">{payment?.status ?? 'PENDING'}</p>
      {problem && <p role="alert">{problem}</p>}
      {data.order.viewerCanPay && (
        <button disabled={busy} onClick={pay}>
          Pay
        </button>
      )}
      {payment?.receipt && (
        <a href={payment.receipt.url} target="_blank" rel="noreferrer">
          Receipt {payment.receipt.number}
        </a>
      )}
    </section>
  );
}
