/** The operations of this page. */
const PAYMENT = `fragment Fields on Payment {
  id status flag failureReason description razorpayOrderId
  amount { amount currencyCode } refunded { amount currencyCode }
  order { number lines { title quantity } } session { tier }
  receipt { number url }
}`;
const CHECKOUT = 'keyId orderId amount currency name description prefillName prefillEmail prefillContact';

export const PRODUCTS = `query Products($currency: CurrencyCode!) {
  products(first: 5, filter: { currencyCode: $currency, availability: [IN_STOCK] }) {
    nodes { title bestListing { id price { amount currencyCode } } }
  }
}`;
export const SESSIONS = 'query Sessions { viewer { name sessions(first: 20) { nodes { id tier startedAt ticket { reference } } } } }';
export const FIND = `query Find($id: ID!) { payment(id: $id) { ...Fields } } ${PAYMENT}`;
export const CREATE_ORDER = `mutation CreateOrder($input: CreateOrderInput!) {
  createOrder(input: $input) { userErrors { message } order { id } }
}`;
export const CREATE_PAYMENT = `mutation CreatePayment($input: CreatePaymentInput!) {
  createPayment(input: $input) { userErrors { message } payment { ...Fields } checkout { ${CHECKOUT} } }
} ${PAYMENT}`;
export const VERIFY = `mutation VerifyPayment($input: VerifyPaymentInput!) {
  verifyPayment(input: $input) { userErrors { message } payment { ...Fields } }
} ${PAYMENT}`;
export const UPDATES = `subscription Updates($id: ID!) { paymentUpdated(paymentId: $id) { ...Fields } } ${PAYMENT}`;
